from productive_integrations.errors import NotFound
from productive_integrations.mappings.services import Services
from productive_integrations.validation import RULES
from productive_integrations.validation.pages import rule_page

from .base import MARKDOWN, RULE, Resource, page


async def rule(_: Services, id: str) -> str:
    """One rule: what it says and why, an edit that it finds and one that passes."""
    for one in RULES:
        if one.id == id.upper():
            return page(rule_page(one))
    raise NotFound("id: there is no such rule. productive://rules lists them.")


RESOURCE = Resource(rule, "productive://rules/{id}", "Rule", MARKDOWN, {"id": RULE}, shared=True)
