"""Whose plans and changes these are."""

LOCAL = "local"
"""Whoever runs the process, when no bearer token says who calls."""
