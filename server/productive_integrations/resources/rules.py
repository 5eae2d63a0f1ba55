from productive_integrations.mappings.services import Services
from productive_integrations.validation import RULES

from .base import MARKDOWN, Resource, page


async def rules(_: Services) -> str:
    """All rules that edits and stored mappings are judged by, one line each."""
    rows = "\n".join(f"| {rule.id} | {rule.name} | {rule.severity} | {rule.summary} |" for rule in RULES)
    return page(
        "# Rules\n\n`block` forbids an edit. `confirm` needs a person's yes, or the rule's id in `accept` after it was "
        "reported for this edit. `inform` is only said. Each has a page: productive://rules/{id}\n\n"
        f"| rule | name | severity | what it says |\n|---|---|---|---|\n{rows}\n"
    )


RESOURCE = Resource(rules, "productive://rules", "Rules", MARKDOWN, shared=True)
