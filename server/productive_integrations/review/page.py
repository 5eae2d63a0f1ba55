from importlib import resources
from typing import Any

from mcp.server.apps import Apps, ResourceCsp

URI = "ui://review/plan.html"
PAGE_META = "io.github.productive-integrations/page"
"""Where in a result's `_meta` the page finds what is meant for it alone."""


def review_app() -> Apps:
    """The extension that serves the page. It may reach nothing: no host, no file, no frame."""
    html = (resources.files(__package__) / "plan.html").read_text(encoding="utf-8")
    app = Apps()
    app.add_html_resource(
        URI,
        html,
        name="plan",
        title="Review a plan",
        description="Shows a plan to the person, who approves or declines it",
        csp=ResourceCsp(connect_domains=[], resource_domains=[], frame_domains=[], base_uri_domains=[]),
        prefers_border=True,
    )
    return app


def shown_on_page(_: str) -> dict[str, Any]:
    """Metadata of a tool whose results the page shows."""
    return {"ui": {"resourceUri": URI}}


def called_by_page(approval: str) -> dict[str, Any]:
    """Metadata of the tool that the page calls; where only a person may approve, a host hides it from its model."""
    return {"ui": {"visibility": ["app"] if approval == "human" else ["model", "app"]}}
