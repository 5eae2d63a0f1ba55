from typing import Annotated

from productive_integrations.mappings.services import Services
from productive_integrations.mappings.suggest import id_meant
from productive_integrations.text import quoted

from .base import DATA, INTEGRATION, MAX_NAME, Prompt


async def review_integration(services: Services, integration: Annotated[str, INTEGRATION]) -> str:
    """Review one integration: what is connected, mapped and missing, what is wrong and how to mend it."""
    found = await services.gateway.integration(await id_meant(services, integration))
    return f"""\
Review the {found.type_title} integration {quoted(found.name, MAX_NAME)} (id {found.id}) for the person. Change nothing.

1. Call get_integration with integration_id {found.id} and section "all", then check_integration with the same id.
2. Say in plain words whether it is connected and when it last synced; for each mapping in use how many entries it \
has, how many keys are unmapped, and which default they fall back to.
3. Give the findings by severity (block, confirm, inform), each with its rule id, what goes wrong because of it, and \
its fix. If there are none, say so. productive://rules/{{id}} explains a rule.
4. Propose the edits worth making, most urgent first. Where a code or a record has to be chosen, ask; never invent one.
5. Only if the person wants an edit, call update_mapping with their words, and report its outcome as it is: nothing \
but `applied` means stored. Where that tool is not offered, they make it in Productive's settings.

{DATA}"""


PROMPT = Prompt(review_integration, "Review an integration")
