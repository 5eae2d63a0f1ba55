"""Whether text has the form that its side of the mapping needs."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache

from productive_integrations.providers.markers import Codes
from productive_integrations.text import hidden_characters, quoted, without_hidden

from .proposal import Asked, Proposal, is_blank
from .registry import Problem, rule
from .words import a, called, described

_LOOKS_LATIN = frozenset({"CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE"})
_DRESSED_UP = frozenset({"FULLWIDTH", "MATHEMATICAL"})
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
            yield _blank(proposal, word)


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
        if text is None or not word.text.strip() or word.role == "removed key" or _spelt_so_over_there(proposal, word):
            continue
        if text != text.strip() or hidden_characters(text):
            clean = without_hidden(text).strip()
            yield Problem(
                word.field,
                f"{quoted(text)} begins or ends with a blank, or holds characters that cannot be seen.",
                f"Send {quoted(clean)}." if clean else "Leave it out.",
            )


def _spelt_so_over_there(proposal: Proposal, word: Asked) -> bool:
    """Whether it is a key of the other system that is stored already: another spelling would be another key."""
    foreign = word.role == "key" and isinstance(proposal.side_of(word), Codes)
    return foreign and not proposal.checking and word.meaning in proposal.before


@rule("MAP105", "look-alike", "confirm")
def look_alike(proposal: Proposal) -> Iterator[Problem]:
    r"""A key or value mixes letters that look alike, or has digits that are not the usual ones.

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
                f"{text} has letters or digits of another alphabet that look like the usual ones.",
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
    guids, numbers = _most(_is_guid(value) for value in stored), _most(_is_number(value) for value in stored)
    kept = {word: proposal.after.get(key.meaning or "") for key, word in proposal.values}
    for word in proposal.asked:
        if word not in kept and word.role != "default":
            continue
        if guids is not None and word.meaning and _is_guid(word.meaning) is not guids:
            this, those = ("GUID", "code") if _is_guid(word.meaning) else ("code", "GUID")
            yield _odd_one(proposal, word, f"a {this}", f"{those}s")
        elif numbers is not None and kept.get(word) is not None and _is_number(kept[word]) is not numbers:
            yield _odd_one(proposal, word, *(("a number", "text") if _is_number(kept[word]) else ("text", "numbers")))


def _most(signs: Iterable[bool]) -> bool | None:
    """What most are; none where as many are as are not."""
    counted = Counter(signs)
    return None if counted[True] == counted[False] else counted[True] > counted[False]


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
    strange_digits = any(char.isdecimal() and not char.isascii() for char in text)
    # Other alphabets side by side are daily business: Japanese writes three, and any name may end in "Ltd".
    mixed = "LATIN" in alphabets and not alphabets.isdisjoint(_LOOKS_LATIN)
    return strange_digits or mixed or not alphabets.isdisjoint(_DRESSED_UP)


def _misshapen(proposal: Proposal, *, strict: bool) -> Iterator[Problem]:
    for word in proposal.asked:
        side = proposal.side_of(word)
        if not isinstance(side, Codes) or side.strict is not strict or not _well_formed(word):
            continue
        text = word.meaning or ""
        if not re.fullmatch(side.pattern, text):
            example = f", such as {quoted(side.example)}" if side.example else ""
            what = "is not" if strict else "does not look like"
            doubt = "" if strict else " Confirm only if the other system really writes it so."
            yield Problem(word.field, f"{quoted(text)} {what} {side.form}.", f"Send {side.form}{example}.{doubt}")


def _well_formed(word: Asked) -> bool:
    """Whether the form of a word is worth judging: blanks and hidden characters have rules of their own."""
    text = word.meaning or ""
    return text != "" and word.role != "removed key" and text == text.strip() and not hidden_characters(text)


def _blank(proposal: Proposal, word: Asked) -> Problem:
    thing = called(proposal.side_of(word))
    key = word.field.partition(".")[2]
    entry = proposal.key_listing.by_id.get(key) if proposal.key_listing else None
    name = described(entry) if entry and proposal.checking else quoted(key)
    match word.role:
        case "value" if proposal.checking:
            return Problem(word.field, f"The {thing} for {name} is blank.", "Remove the entry, or set what is meant.")
        case "value":
            return Problem(word.field, f"The {thing} for {name} is blank.", f"To unmap it, name {name} in remove.")
        case "default":
            return Problem(
                word.field, "The default is blank.", f"Send the {thing} that is meant, or leave default out."
            )
        case _:
            return Problem(word.field, f"The name of {a(thing)} is blank.", "Name it, or leave the entry out.")
