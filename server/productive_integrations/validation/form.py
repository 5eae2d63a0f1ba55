"""Whether text has the form that its side of the mapping needs."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from productive_integrations.providers.markers import Codes
from productive_integrations.text import hidden_characters, quoted

from .proposal import Asked, Proposal, is_blank
from .registry import Problem, rule

_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


@rule("MAP101", "wrong-form", "block")
def wrong_form(proposal: Proposal) -> Iterator[Problem]:
    """A key or value has a form that the other system cannot have.

    A Xero code of eleven characters is refused when the invoice is exported, weeks after the edit. Forms that a source
    gives forbid the edit.

    Bad: {"set": {"Design": "12345678901"}}
    Good: {"set": {"Design": "200"}}
    Source: the form of each side, in its provider's file.
    """
    yield from _misshapen(proposal, strict=True)


@rule("MAP102", "unusual-form", "confirm")
def unusual_form(proposal: Proposal) -> Iterator[Problem]:
    """A key or value has a form that is not known from the other system.

    These forms are concluded and not documented, so a person may know better.

    Bad: {"type": "fortnox", "mapping": "fortnox_account_mapping", "stored": {"11": "3041"}, "set": {"12": "WS-01"}}
    Good: {"type": "fortnox", "mapping": "fortnox_account_mapping", "stored": {"11": "3041"}, "set": {"12": "3041"}}
    Source: the form of each side, in its provider's file.
    """
    yield from _misshapen(proposal, strict=False)


@rule("MAP103", "blank-text", "block")
def blank_text(proposal: Proposal) -> Iterator[Problem]:
    """A key or value is blank.

    Whether Productive takes a blank for "unmapped" or for "mapped to nothing" is not known.

    Bad: {"set": {"Design": " "}}
    Good: {"remove": ["Design"]}
    Source: mapping-domain.md, shared shape rules.
    """
    for word in proposal.asked:
        if not word.text.strip():
            subject, fix = f"The {word.role}", "Leave it out."
            if word.role == "value":
                entry = quoted(word.field.partition(".")[2])
                subject, fix = f"The value for {entry}", f"To unmap it, name {entry} in remove."
            yield Problem(word.field, f"{subject} is blank.", fix)


@rule("MAP104", "hidden-text", "block")
def hidden_text(proposal: Proposal) -> Iterator[Problem]:
    """A key or value holds characters that nobody can see, or begins or ends with a blank.

    "4010 " and "4010" look the same and are two accounts to the other system.

    Bad: {"set": {"Design": "200 "}}
    Good: {"set": {"Design": "200"}}
    Source: mapping-domain.md, R24; reliability-security.md, 5.2.
    """
    for word in proposal.asked:
        # A record's name may be written with stray blanks; what will be stored may not.
        text = word.meaning
        if text is None or not word.text.strip() or word.role == "removed key":
            continue
        if text != text.strip() or hidden_characters(text):
            clean = "".join(char for char in text if not hidden_characters(char)).strip()
            yield Problem(
                word.field,
                f"{quoted(text)} holds characters that cannot be seen, or blanks at an end.",
                f"Send {quoted(clean)}." if clean else "Leave it out.",
            )


@rule("MAP105", "look-alike", "confirm")
def look_alike(proposal: Proposal) -> Iterator[Problem]:
    r"""A key or value mixes alphabets, or has digits that are not the usual ones.

    SALES with a Cyrillic letter in it looks like the account SALES and is another one.

    Bad: {"set": {"Design": "S\u0410LES"}}
    Good: {"set": {"Design": "200"}}
    Source: reliability-security.md, 5.2 and I9.
    """
    for word in proposal.asked:
        if word.meaning and not word.candidates and word.role != "removed key" and _mixed(word.meaning):
            text = quoted(word.meaning)
            yield Problem(
                word.field,
                f"{text} mixes letters or digits of several alphabets.",
                "Copy it from the other system, or type it again.",
            )


@rule("MAP106", "mixed-forms", "confirm")
def mixed_forms(proposal: Proposal) -> Iterator[Problem]:
    """A value is of another form than most of the others: a GUID among codes, text among numbers.

    A mapping is read one way. Exact, for one, takes either GUIDs or codes, and which of them Productive stores shows
    only in what is there.

    Bad: {"type": "exact", "mapping": "exact_ledger_mapping", "stored": {"11": "8000", "12": "8010"},
        "set": {"14": "0b8f4c52-6d1a-4a3e-8c77-90e1d2f3a4b5"}}
    Good: {"type": "exact", "mapping": "exact_ledger_mapping", "stored": {"11": "8000", "12": "8010"},
        "set": {"14": "8010"}}
    Source: mapping-domain.md, section 4 and R24.
    """
    stored = [value for value in proposal.before.values() if not is_blank(value)]
    guids = sum(_is_guid(value) for value in stored)
    numbers = sum(_is_number(value) for value in stored)
    for key, value in proposal.values:
        kept = proposal.after.get(key.meaning or "")
        if value.meaning is None or not stored or kept is None:
            continue
        if _is_guid(value.meaning) is not (guids * 2 > len(stored)) and guids * 2 != len(stored):
            this, those = ("GUID", "code") if _is_guid(value.meaning) else ("code", "GUID")
            yield _odd_one(proposal, value, f"a {this}", f"{those}s")
        elif _is_number(kept) is not (numbers * 2 > len(stored)) and numbers * 2 != len(stored):
            yield _odd_one(proposal, value, *(("a number", "text") if _is_number(kept) else ("text", "numbers")))


def _odd_one(proposal: Proposal, value: Asked, this: str, those: str) -> Problem:
    return Problem(
        value.field,
        f"{quoted(value.meaning or '')} is {this}, and most other values of {proposal.mapping} are {those}.",
        f"Give it as the others are given: {those}.",
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_guid(value: object) -> bool:
    return isinstance(value, str) and _GUID.fullmatch(value) is not None


@lru_cache(maxsize=4096)
def _mixed(text: str) -> bool:
    if text.isascii():
        return False
    alphabets = {unicodedata.name(char, "?").partition(" ")[0] for char in text if char.isalpha()}
    strange_digits = any(char.isdigit() and not char.isascii() for char in text)
    return strange_digits or len(alphabets) > 1


def _misshapen(proposal: Proposal, *, strict: bool) -> Iterator[Problem]:
    for word in proposal.asked:
        side = proposal.side_of(word)
        if not isinstance(side, Codes) or side.strict is not strict or not _well_formed(word):
            continue
        text = word.meaning or ""
        if not re.fullmatch(side.pattern, text):
            example = f", such as {quoted(side.example)}" if side.example else ""
            yield Problem(word.field, f"{quoted(text)} is not {side.form}.", f"Send {side.form}{example}.")


def _well_formed(word: Asked) -> bool:
    """Whether the form of a word is worth judging: blanks and hidden characters have rules of their own."""
    text = word.meaning or ""
    return text != "" and word.role != "removed key" and text == text.strip() and not hidden_characters(text)
