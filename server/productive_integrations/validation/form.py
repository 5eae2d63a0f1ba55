"""Whether new text has the form that its side of the mapping needs."""

import re
from collections.abc import Iterator

from productive_integrations.providers.markers import Codes, Side
from productive_integrations.text import hidden_characters, quoted

from .proposal import Asked, Proposal
from .registry import Problem, rule


@rule("MAP101", "wrong-form", "block")
def wrong_form(proposal: Proposal) -> Iterator[Problem]:
    """A new key or value has a form that the other system cannot have.

    The forms with a source block: a Xero code of eleven characters is refused when the invoice is exported, weeks
    after the edit.

    Source: the form of each side, in its provider's file.
    """
    yield from _misshapen(proposal, strict=True)


@rule("MAP102", "unusual-form", "confirm")
def unusual_form(proposal: Proposal) -> Iterator[Problem]:
    """A new key or value has a form that is not known from the other system.

    These forms are concluded, not documented, so a person may know better.

    Source: the form of each side, in its provider's file.
    """
    yield from _misshapen(proposal, strict=False)


@rule("MAP103", "blank-text", "block")
def blank_text(proposal: Proposal) -> Iterator[Problem]:
    """A new key or value is blank.

    Whether Productive takes a blank for "unmapped" or for "mapped to nothing" is not known.

    Source: mapping-domain.md, shared shape rules.
    """
    for asked in proposal.asked:
        if not asked.text.strip():
            name = asked.field.partition(".")[2]
            fix = f"To unmap it, name {quoted(name)} in remove." if asked.role == "value" else "Leave it out."
            yield Problem(asked.field, f"A {asked.role} is blank.", fix)


@rule("MAP104", "hidden-text", "block")
def hidden_text(proposal: Proposal) -> Iterator[Problem]:
    """A new key or value holds characters that nobody can see, or begins or ends with a blank.

    "4010 " and "4010" look the same and are two accounts to the other system.

    Source: mapping-domain.md, R24; reliability-security.md, 5.2.
    """
    for asked in proposal.asked:
        # A name may be written with stray blanks; what will be stored may not.
        if asked.meaning is None or not asked.text.strip() or asked.role == "removed key":
            continue
        if asked.meaning != asked.meaning.strip() or hidden_characters(asked.meaning):
            clean = "".join(char for char in asked.meaning if not hidden_characters(char)).strip()
            yield Problem(
                asked.field,
                f"{quoted(asked.meaning)} holds characters that cannot be seen, or blanks at an end.",
                f"Send {quoted(clean)}.",
            )


def _misshapen(proposal: Proposal, *, strict: bool) -> Iterator[Problem]:
    for asked in proposal.asked:
        side = _side(proposal, asked)
        text = asked.meaning
        if not isinstance(side, Codes) or side.strict is not strict or text is None or text != text.strip() or not text:
            continue
        if not hidden_characters(text) and not re.fullmatch(side.pattern, text):
            example = f", such as {quoted(side.example)}" if side.example else ""
            yield Problem(asked.field, f"{quoted(text)} is not {side.form}.", f"Send {side.form}{example}.")


def _side(proposal: Proposal, asked: Asked) -> Side | None:
    if proposal.facts is None or asked.role == "removed key":
        return None
    return proposal.facts.key if asked.role == "key" else proposal.facts.value
