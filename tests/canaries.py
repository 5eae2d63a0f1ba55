"""A sandbox with marks in everything that must not get out, and the search for them."""

from productive_integrations.providers import PROVIDERS
from productive_integrations.providers.markers import Credential, Mapping, Relationship
from productive_integrations.sandbox import Sandbox

ATTRIBUTES = {
    name: fact
    for provider in PROVIDERS
    for name, _, fact in provider.attributes()
    if not isinstance(fact.kind, Mapping | Relationship)
}
SECRET = {
    name for name, fact in ATTRIBUTES.items() if isinstance(fact.kind, Credential) or fact.sensitivity == "secret"
}
INNER = {name for name, fact in ATTRIBUTES.items() if fact.sensitivity in {"internal", "personal"}} - SECRET
"""What may be counted but not shown: ids of the other system, e-mail addresses."""


class Marked(Sandbox):
    """The sandbox with something recognisable in every attribute that must not get out."""

    token = "CANARY-api-token"

    def __init__(self) -> None:
        super().__init__()
        self.switches.rate_limit = False
        for record in self.integrations.values():
            for name in (SECRET | INNER) & record.attributes.keys():
                # One mark for all inner ids of a record: a rule compares the chosen company with those there are.
                canary = f"CANARY-{name}-{record.id}" if name in SECRET else f"INNERMOST-{record.id}"
                many = isinstance(record.attributes[name], list)
                record.attributes[name] = [{"id": canary, "name": canary}] if many else canary


def nothing_in(*marks: str, **places: str | bytes) -> None:
    """No canary, however it was cut or escaped."""
    for place, text in places.items():
        plain = (text.decode(errors="replace") if isinstance(text, bytes) else text).casefold()
        for mark in marks or ("canary", "innermost"):
            assert mark not in plain, f"{mark} in {place}: {plain[max(0, plain.index(mark) - 80) :][:200]!r}"
