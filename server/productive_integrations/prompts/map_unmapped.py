from typing import Annotated

from productive_integrations.errors import InvalidArgument
from productive_integrations.mappings.read import get_integration
from productive_integrations.mappings.services import Services
from productive_integrations.mappings.suggest import id_meant
from productive_integrations.schemas.view import MappingView
from productive_integrations.text import quoted

from .base import DATA, INTEGRATION, KEY, MAPPING, MAX_NAME, Prompt


async def map_unmapped(
    services: Services,
    integration: Annotated[str, INTEGRATION],
    mapping: Annotated[str, MAPPING] = "",
    key: Annotated[str, KEY] = "",
) -> str:
    """Map what has no entry yet, by asking the person for each value and guessing none."""
    if key and not mapping:
        raise InvalidArgument("mapping", "it is required with a key.")
    integration_id = await id_meant(services, integration)
    found = await get_integration(services, integration_id, "summary", mapping)
    gaps = {name: view for name, view in found.mappings.items() if view.unmapped}
    place = f"the {found.type} integration {quoted(found.name, MAX_NAME)} (id {found.id})"
    what = f"key {quoted(key, MAX_NAME)} of {mapping}" if key else "what is unmapped"
    return f"""\
Help the person map {what} in {place}. Mappings with gaps: {_gaps(gaps)}.

1. Call get_integration with integration_id {found.id} and mapping, for each of them: `unmapped_names` are the gaps, \
`rows` the entries in use.
2. Go through the gaps with the person, a few at a time: the name, the default it falls back to now, and as candidates \
the values already in use. Ask for each value. Never choose one yourself, not even for an obvious name; leave out what \
the person does not know.
3. Then one update_mapping a mapping, with the answers in `set` and the person's words in `reason`.
4. Show every finding. Name a rule in `accept` only after their yes to it.
5. Report the outcome as it is: nothing but `applied` means stored. Say what still falls back to the default.

{DATA}"""


def _gaps(gaps: dict[str, MappingView]) -> str:
    if not gaps:
        return "none, so say that and stop"
    return "; ".join(
        f"{name}: {view.unmapped} unmapped, {'a' if view.default else 'no'} default" for name, view in gaps.items()
    )


PROMPT = Prompt(map_unmapped, "Map what is unmapped", edits=True)
