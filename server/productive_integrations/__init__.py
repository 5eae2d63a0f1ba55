"""Questions about a Productive organization's integrations, and safe edits of their mappings, over MCP."""

__version__ = "0.1.0"
