"""What can be known to be wrong with an edit before any request."""

from difflib import get_close_matches

from productive_integrations.errors import InvalidArgument
from productive_integrations.providers import attribute_names, mappings_by_name
from productive_integrations.schemas.edit import MAX_ENTRIES, Edit
from productive_integrations.validation import RULES


def check_mapping(mapping: str) -> None:
    """Raise InvalidArgument for what is a mapping of no integration type."""
    known = mappings_by_name()
    if mapping not in known:
        near = get_close_matches(mapping.lower(), known, n=2, cutoff=0.5)
        meant = f"did you mean {' or '.join(near)}?" if near else "get_integration shows the mappings it has."
        what = "an attribute, but not a mapping" if mapping in attribute_names() else "no mapping"
        raise InvalidArgument("mapping", f"this is {what}; {meant}")


def check_edit(edit: Edit, accept: tuple[str, ...]) -> None:
    """Raise InvalidArgument for the first thing that is wrong."""
    check_mapping(edit.mapping)
    if not edit.set and not edit.remove and edit.default is None:
        raise InvalidArgument("set", "nothing is asked for: name entries in set or remove, or a default.")
    if len(edit.set) + len(edit.remove) > MAX_ENTRIES:
        raise InvalidArgument("set", f"at most {MAX_ENTRIES} entries a plan; split the edit.")
    check_accept(accept)


def check_accept(accept: tuple[str, ...]) -> None:
    """Raise InvalidArgument for ids of no rule."""
    ids = {rule.id for rule in RULES}
    if not ids.issuperset(accept):
        raise InvalidArgument("accept", "it may name ids of rules that were reported, such as MAP303.")
