"""Whether the other system's side agrees with what is in use, and with itself."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from productive_integrations.providers.markers import CodeKind, Codes, Noun
from productive_integrations.schemas.chart import LISTED, plain
from productive_integrations.schemas.directory import Entry, folded
from productive_integrations.text import quoted

from .proposal import Proposal
from .reach import listed, overridden, spelt, tax_rates
from .registry import Problem, rule
from .words import a, closest, described, first_few

_DIGITS = re.compile(r"[0-9]+")
_TELLING = 4
"""Letters up to which two words are alike by chance."""


@rule("MAP503", "new-value", "confirm", listed)
def new_value(proposal: Proposal) -> Iterator[Problem]:
    """No chart can vouch for the value, and this integration does not use it yet.

    It may be right; nobody here can tell. Productive has no list of the other system's codes, and what another
    integration uses is of another company's books.

    Bad: {"stored": {"12": "4020"}, "set": {"Design": "4021"}}
    Good: {"stored": {"12": "4020"}, "set": {"Design": "4020"}}
    Source: mapping-domain.md, R4.
    """
    codes = proposal.codes
    if proposal.checking or codes is None or codes.kind not in LISTED or proposal.chart.holds(codes.kind):
        return
    spelt = {plain(value): value for value in sorted(proposal.in_use)}
    for word in proposal.asked:
        code = (word.meaning or "").strip()
        if word.role in {"value", "default"} and code and word.meaning not in proposal.in_use:
            like = spelt.get(plain(code))
            look_it_up = f"Check in {proposal.integration.type_title} that it exists, then confirm."
            yield Problem(
                word.field,
                f"No {codes.kind.value} {quoted(word.meaning or '')} is in use in {proposal.mapping} or one like it "
                "in this integration, and no chart lists it.",
                f"Did you mean {quoted(like)}, which is in use?" if like else look_it_up,
            )


@rule("MAP506", "shared-tax-code", "confirm", tax_rates)
def shared_tax_code(proposal: Proposal) -> Iterator[Problem]:
    """A tax code stands for tax rates of different percentage, or for one of another subsidiary.

    One of them is then taxed wrongly in the other system, or a rate that this integration never exports hides behind a
    code that it does.

    Bad: {"mapping": "tax_rate_mapping", "stored": {"21": "OUTPUT2"}, "set": {"22": "OUTPUT2"}}
    Good: {"mapping": "tax_rate_mapping", "stored": {"21": "OUTPUT2", "22": "RROUTPUT"}, "set": {"21": "OUTPUT2"}}
    Source: mapping-domain.md, 0.14 and R8.
    """
    listing, own = proposal.key_listing, proposal.integration.subsidiary_id
    if listing is None or listing.noun is not Noun.TAX_RATE:
        return
    rates: dict[str, dict[tuple[float | None, bool], Entry]] = defaultdict(dict)
    for key, value in proposal.after.items():
        if entry := listing.by_id.get(key):
            foreign = own is not None and entry.group not in {None, own}
            rates[str(value)].setdefault((entry.percent, foreign), entry)
    judged = {value.meaning: value for _, value in proposal.values}
    for code, unlike in rates.items():
        percents = {percent for percent, _ in unlike if percent is not None}
        if code in judged and (len(percents) > 1 or len({foreign for _, foreign in unlike}) > 1):
            sharing = first_few(f"{described(entry)} ({_percent(entry)})" for entry in unlike.values())
            yield Problem(
                judged[code].field,
                f"The tax code {quoted(code)} would stand for tax rates that differ: {sharing}.",
                "Give each of them a tax code of its own, or remove the one that does not belong here.",
            )


def _percent(rate: Entry) -> str:
    return "percentage unknown" if rate.percent is None else f"{rate.percent:g} %"


@rule("MAP507", "other-spelling", "confirm", spelt)
def other_spelling(proposal: Proposal) -> Iterator[Problem]:
    """The same code or name is in use under another spelling: RET-10 and ret-10, 0010 and 10, Training and training.

    The other system compares exactly, so one of the two spellings is probably wrong. A new key that looks like a slip
    of a stored one is asked about too: jobTitel beside jobTitle.

    Bad: {"stored": {"12": "SALES"}, "set": {"Design": "sales"}}
    Good: {"stored": {"12": "SALES"}, "set": {"Design": "SALES"}}
    Source: mapping-domain.md, shared shape rules, section 11 and R24.
    """
    yield from _respelt_keys(proposal)
    if proposal.codes is None or proposal.codes.kind not in LISTED:
        return
    spellings: dict[str, Counter[str]] = defaultdict(Counter)
    for used in map(str, proposal.before.values()) if proposal.checking else sorted(proposal.in_use):
        spellings[plain(used)][used] += 1
    for _, value in proposal.values:
        text = value.meaning or ""
        counted = spellings[plain(text)].most_common()
        others = [used for used, _ in counted if used != text and used == used.strip()]
        # Of two spellings that are stored, the one used less is the odd one; blanks at an end have a rule of their own.
        if others and text == text.strip() and text and not (proposal.checking and counted[0][0] == text):
            yield _respelt(value.field, proposal.codes.kind, text, others[0])


def _respelt_keys(proposal: Proposal) -> Iterator[Problem]:
    """Words of the other system that stand as keys: a new one that a stored one resembles, or two stored ones."""
    if proposal.facts is None or not isinstance(proposal.facts.key, Codes):
        return
    spelt: dict[str, str] = {} if proposal.checking else {folded(key): key for key in proposal.before}
    slips = _Slips(proposal.before)
    for word in proposal.asked:
        text = word.meaning or ""
        if word.role == "key" and text.strip() == text != "":
            other = spelt.setdefault(folded(text), text)
            if other != text and (proposal.checking or text not in proposal.before):
                yield _respelt(word.field, proposal.facts.key.kind, text, other)
            elif not proposal.checking and text not in proposal.before and (near := slips.of(text)):
                yield Problem(
                    word.field,
                    f"The {proposal.facts.key.kind.value} {quoted(text)} has no entry yet, and {quoted(near)} has one.",
                    f"Send {quoted(near)} if that was meant; confirm if both are there.",
                )


class _Slips:
    """Stored keys by their letters, to find the one from which a slip of the pen could make another.

    Ids and numbered names are alike on purpose, and a slip at the first letter is rare.
    """

    def __init__(self, stored: Iterable[str]) -> None:
        self._by_first: dict[str, dict[str, str]] = defaultdict(dict)
        for key in stored:
            if letters := self._letters(key):
                self._by_first[letters[0]].setdefault(letters, key)

    def of(self, text: str) -> str | None:
        """The stored key that was probably meant."""
        letters = self._letters(text)
        alike = self._by_first.get(letters[:1], {})
        near = closest(letters, alike.keys() - {letters}, 1, 0.87) if len(letters) > _TELLING else []
        return alike[near[0]] if near else None

    @staticmethod
    def _letters(text: str) -> str:
        return _DIGITS.sub("", text).casefold()


def _respelt(place: str, kind: CodeKind, text: str, other: str) -> Problem:
    return Problem(
        place,
        f"The {kind.value} {quoted(text)} is also in use as {quoted(other)}.",
        f"Send {quoted(other)} if the same {kind.value} is meant, so that there is one spelling.",
    )


@rule("MAP508", "overridden-field", "confirm", overridden)
def overridden_field(proposal: Proposal) -> Iterator[Problem]:
    """A field is mapped although a fixed value overrides it, or fixed although it is mapped.

    The fixed value wins, so the mapped one never arrives.

    Bad: {"type": "netsuite", "mapping": "netsuite_invoice_field_mapping", "stored": {"custbody_po": "subject"},
        "integration": {"netsuite_invoice_fixed_value_mapping": {"memo": "1"}}, "set": {"memo": "note"}}
    Good: {"type": "netsuite", "mapping": "netsuite_invoice_field_mapping", "stored": {"custbody_po": "subject"},
        "integration": {"netsuite_invoice_fixed_value_mapping": {"location": "1"}}, "set": {"memo": "note"}}
    Source: the description of the fixed value mappings; mapping-domain.md, section 3.
    """
    twin = _twin(proposal.mapping)
    # When everything is checked, one of the two mappings is enough to say it.
    if twin is None or (proposal.checking and "fixed_value" in proposal.mapping):
        return
    overlapping = proposal.integration.entries(twin) or {}
    for key, _ in proposal.values:
        if key.meaning in overlapping:
            yield Problem(
                key.field,
                f"The field {quoted(key.meaning)} also has an entry in {twin}; the fixed value wins, "
                "and the mapped one never arrives.",
                "Keep one of the two entries.",
            )


@rule("MAP511", "used-as-other-kind", "confirm", listed)
def used_as_other_kind(proposal: Proposal) -> Iterator[Problem]:
    """The value is in use in this integration, but as another kind of thing: an article where an account belongs.

    Items, articles and accounts have lists of their own, in which the same text means something else. Where a chart
    lists the kind, the chart decides.

    Bad: {"type": "quickbooks", "mapping": "expense_account_code_mapping", "stored": {"12": "61"},
        "integration": {"item_mapping": {"11": "19"}}, "set": {"11": "19"}}
    Good: {"type": "quickbooks", "mapping": "expense_account_code_mapping", "stored": {"12": "61"},
        "integration": {"item_mapping": {"11": "19"}}, "set": {"11": "61"}}
    Source: mapping-domain.md, R10.
    """
    codes = proposal.codes
    if proposal.checking or codes is None or codes.kind not in LISTED or proposal.chart.holds(codes.kind):
        return
    for word in proposal.asked:
        if word.role not in {"value", "default"} or not word.meaning or word.meaning in proposal.in_use:
            continue
        for kind, used in proposal.used_here.items():
            if kind in LISTED and kind is not codes.kind and word.meaning in used:
                yield Problem(
                    word.field,
                    f"{quoted(word.meaning)} is in use here as {a(kind.value)}, and {proposal.mapping} needs "
                    f"{a(codes.kind.value)}.",
                    f"Send the {codes.kind.value} that is meant; confirm only if it has the same text by chance.",
                )


def _twin(mapping: str) -> str | None:
    if "_fixed_value_mapping" in mapping:
        return mapping.replace("_fixed_value_", "_field_")
    return mapping.replace("_field_", "_fixed_value_") if "netsuite" in mapping and "_field_" in mapping else None
