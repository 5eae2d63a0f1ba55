"""Whether the other system's side agrees with its chart, with what is in use, and with itself."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator

from productive_integrations.providers.markers import CodeKind, Noun
from productive_integrations.schemas.chart import CHART_KINDS, ChartRow
from productive_integrations.text import quoted

from .proposal import Asked, Proposal
from .registry import Problem, rule
from .words import first_few

_PERCENT = re.compile(r"([0-9]+(?:[.,][0-9]+)?) ?%")


@rule("MAP501", "not-in-chart", "block")
def not_in_chart(proposal: Proposal) -> Iterator[Problem]:
    """The chart that was handed over does not hold the value.

    The other system would refuse every document with it. If the code is new there, the chart has to be exported anew.

    Bad: {"chart": ["account,4010,Design fees,REVENUE,true"], "set": {"Design": "4011"}}
    Good: {"chart": ["account,4010,Design fees,REVENUE,true"], "set": {"Development": "4010"}}
    Source: mapping-domain.md, R4.
    """
    for word, kind in _coded(proposal):
        code = word.meaning or ""
        if proposal.chart.find(kind, code) is None and not list(proposal.chart.other_kinds(kind, code)):
            near = [row for row in proposal.chart.by_code[kind].values() if _plain(row.code) == _plain(code)]
            fix = f"Did you mean {quoted(near[0].code)} {quoted(near[0].name)}?" if near else _some_of(proposal, kind)
            yield Problem(word.field, f"The chart has no {kind.value} {quoted(code)}.", fix)


@rule("MAP502", "wrong-kind", "block")
def wrong_kind(proposal: Proposal) -> Iterator[Problem]:
    """The chart holds the value as another kind of thing: an item where an account belongs.

    The same text can be an item in one list and an account in another; the export takes it for the wrong one or fails.

    Bad: {"chart": ["account,4010,Design fees,REVENUE,true", "item,19,Design hours,,true"], "set": {"Design": "19"}}
    Good: {"chart": ["account,4010,Design fees,REVENUE,true", "item,19,Design hours,,true"], "set": {"Design": "4010"}}
    Source: mapping-domain.md, R10.
    """
    for word, kind in _coded(proposal):
        others = list(proposal.chart.other_kinds(kind, word.meaning or ""))
        if others and proposal.chart.find(kind, word.meaning or "") is None:
            yield Problem(
                word.field,
                f"In the chart {quoted(word.meaning or '')} is of kind {others[0].kind.value}, "
                f"and {proposal.mapping} needs the kind {kind.value}.",
                _some_of(proposal, kind),
            )


@rule("MAP503", "new-value", "confirm")
def new_value(proposal: Proposal) -> Iterator[Problem]:
    """No chart can vouch for the value, and no integration of this type uses it yet.

    It may be right; nobody here can tell. Productive has no list of the other system's codes.

    Bad: {"stored": {"12": "4020"}, "set": {"Design": "4021"}}
    Good: {"stored": {"12": "4020"}, "set": {"Design": "4020"}}
    Source: mapping-domain.md, R4.
    """
    codes = proposal.codes
    if proposal.checking or codes is None or codes.kind not in _LISTED or proposal.chart.holds(codes.kind):
        return
    for word in proposal.asked:
        code = (word.meaning or "").strip()
        if word.role in {"value", "default"} and code and word.meaning not in proposal.in_use:
            like = sorted(value for value in proposal.in_use if _plain(value) == _plain(code))
            fix = (
                f"Did you mean {quoted(like[0])}, which is in use?"
                if like
                else "Check in the other system that it exists, then confirm."
            )
            yield Problem(
                word.field,
                f"No {codes.kind.value} {quoted(word.meaning or '')} is in use in any integration of this type.",
                fix,
            )


@rule("MAP504", "inactive-code", "confirm")
def inactive_code(proposal: Proposal) -> Iterator[Problem]:
    """The chart says that the code is not active any more.

    Mostly the other system refuses documents with it.

    Bad: {"chart": ["account,4010,Design fees,REVENUE,false"], "set": {"Design": "4010"}}
    Good: {"chart": ["account,4010,Design fees,REVENUE,true"], "set": {"Design": "4010"}}
    Source: mapping-domain.md, R5 and R11.
    """
    for word, row in _charted(proposal):
        if not row.active:
            yield Problem(word.field, f"{_shown(row)} is not active in the chart.", _some_of(proposal, row.kind))


@rule("MAP505", "wrong-class", "confirm")
def wrong_class(proposal: Proposal) -> Iterator[Problem]:
    """The account is of a class that this mapping should not post to: a bank account for sales.

    The figures land where nobody looks for them, and some classes are refused.

    Bad: {"chart": ["account,090,Current account,BANK,true"], "set": {"Design": "090"}}
    Good: {"chart": ["account,4010,Design fees,REVENUE,true"], "set": {"Design": "4010"}}
    Source: mapping-domain.md, section 1 and R7.
    """
    wanted = set(proposal.facts.classes) if proposal.facts else set()
    for word, row in _charted(proposal):
        if wanted and row.classes and not row.classes & wanted:
            yield Problem(
                word.field,
                f"{_shown(row)} is of class {', '.join(sorted(row.classes))}; {proposal.mapping} posts to "
                f"{' or '.join(sorted(wanted))}.",
                "Use an account of that class.",
            )


@rule("MAP506", "shared-tax-code", "confirm")
def shared_tax_code(proposal: Proposal) -> Iterator[Problem]:
    """A tax code stands for tax rates of different percentage.

    One of them is then taxed wrongly in the other system.

    Bad: {"mapping": "tax_rate_mapping", "stored": {"21": "OUTPUT2"}, "set": {"22": "OUTPUT2"}}
    Good: {"mapping": "tax_rate_mapping", "stored": {"21": "OUTPUT2", "22": "RROUTPUT"}, "set": {"21": "OUTPUT2"}}
    Source: mapping-domain.md, R8.
    """
    listing = proposal.key_listing
    if listing is None or listing.noun is not Noun.TAX_RATE:
        return
    rates: dict[str, dict[float, str]] = defaultdict(dict)
    for key, value in proposal.after.items():
        entry = listing.by_id.get(key)
        if entry and entry.percent is not None:
            rates[str(value)].setdefault(entry.percent, entry.name)
    judged = {value.meaning: value for _, value in proposal.values}
    for code, by_percent in rates.items():
        if code in judged and len(by_percent) > 1:
            names = first_few(f"{quoted(name)} ({percent:g} %)" for percent, name in sorted(by_percent.items()))
            yield Problem(
                judged[code].field, f"The tax code {quoted(code)} would stand for {names}.", "Use a code for each rate."
            )


@rule("MAP507", "other-spelling", "confirm")
def other_spelling(proposal: Proposal) -> Iterator[Problem]:
    """The same code is in use under another spelling: RET-10 and ret-10, 0010 and 10.

    The other system compares exactly, so one of the two spellings is probably wrong.

    Bad: {"stored": {"12": "SALES"}, "set": {"Design": "sales"}}
    Good: {"stored": {"12": "SALES"}, "set": {"Design": "SALES"}}
    Source: mapping-domain.md, shared shape rules and R24.
    """
    if proposal.codes is None or proposal.codes.kind not in _LISTED:
        return
    spellings: dict[str, Counter[str]] = defaultdict(Counter)
    for used in map(str, proposal.before.values()) if proposal.checking else proposal.in_use:
        spellings[_plain(used)][used] += 1
    for _, value in proposal.values:
        text = value.meaning or ""
        counted = spellings[_plain(text)].most_common()
        others = [used for used, _ in counted if used != text and used == used.strip()]
        # Of two spellings that are stored, the one used less is the odd one; blanks at an end have a rule of their own.
        if others and text == text.strip() and text and not (proposal.checking and counted[0][0] == text):
            yield Problem(
                value.field,
                f"{quoted(text)} is also in use as {quoted(others[0])}.",
                "Use one spelling.",
            )


@rule("MAP508", "overridden-field", "confirm")
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
                f"The field {quoted(key.meaning)} also has an entry in {twin}; a fixed value wins over a mapped one.",
                "Keep one of the two entries.",
            )


@rule("MAP509", "tax-against-account", "confirm")
def tax_against_account(proposal: Proposal) -> Iterator[Problem]:
    """By the chart, a tax code may not go with the class of an account that is mapped beside it.

    Any line can pair any mapped account with any mapped tax code. Xero refuses the wrong pairs: "The TaxType code
    cannot be used with account code".

    Bad: {"chart": ["account,4010,Design fees,REVENUE,true", "tax,INPUT2,20% on expenses,EXPENSE,true"],
        "integration": {"tax_rate_mapping": {"21": "INPUT2"}}, "stored": {"12": "4020"}, "set": {"Design": "4010"}}
    Good: {"chart": ["account,4010,Design fees,REVENUE,true", "tax,OUTPUT2,20% on income,REVENUE,true"],
        "integration": {"tax_rate_mapping": {"21": "OUTPUT2"}}, "stored": {"12": "4020"}, "set": {"Design": "4010"}}
    Source: Xero's tax rate constraints; mapping-domain.md, section 1 and R7.
    """
    if proposal.codes is None or proposal.codes.kind not in {CodeKind.ACCOUNT, CodeKind.TAX}:
        return
    beside = "tax_rate_mapping" if proposal.codes.kind is CodeKind.ACCOUNT else "account_code_mapping"
    if proposal.mapping not in {"account_code_mapping", "tax_rate_mapping"}:
        return
    kind = CodeKind.TAX if beside == "tax_rate_mapping" else CodeKind.ACCOUNT
    paired = {str(value) for value in (proposal.integration.entries(beside) or {}).values()}
    rows = [row for code in sorted(paired) if (row := proposal.chart.find(kind, code)) and row.classes]
    for word, row in _charted(proposal):
        if clash := [other for other in rows if row.classes and not row.classes & other.classes]:
            yield Problem(
                word.field,
                f"{_shown(row)} may not go with {first_few(map(_shown, clash))}, which {beside} uses.",
                "Choose a code whose class fits, or correct the other mapping first.",
            )


@rule("MAP510", "percent-differs", "confirm")
def percent_differs(proposal: Proposal) -> Iterator[Problem]:
    """The tax rate's percentage is not the one in the name of the tax code.

    The document would carry one tax in Productive and another in the other system.

    Bad: {"mapping": "tax_rate_mapping", "chart": ["tax,RROUTPUT,5% (VAT on income),REVENUE,true"],
        "stored": {"22": "RROUTPUT"}, "set": {"21": "RROUTPUT"}}
    Good: {"mapping": "tax_rate_mapping", "chart": ["tax,OUTPUT2,20% (VAT on income),REVENUE,true"],
        "stored": {"22": "RROUTPUT"}, "set": {"21": "OUTPUT2"}}
    Source: mapping-domain.md, R8.
    """
    listing = proposal.key_listing
    if listing is None or listing.noun is not Noun.TAX_RATE:
        return
    for key, value in proposal.values:
        rate, row = listing.by_id.get(key.meaning or ""), proposal.chart.find(CodeKind.TAX, value.meaning or "")
        named = _PERCENT.search(row.name) if row else None
        if row and rate and rate.percent is not None and named and float(named[1].replace(",", ".")) != rate.percent:
            yield Problem(
                value.field,
                f"{quoted(rate.name)} is {rate.percent:g} %, and {_shown(row)} says {named[1]} %.",
                "Use the tax code of the same percentage.",
            )


_LISTED = frozenset({*CHART_KINDS.values(), CodeKind.PROJECT, CodeKind.COST_CENTER})


def _coded(proposal: Proposal) -> Iterator[tuple[Asked, CodeKind]]:
    """The values under judgement for whose kind there is a chart."""
    codes = proposal.codes
    if codes is not None and proposal.chart.holds(codes.kind):
        for word in proposal.asked:
            if word.role in {"value", "default"} and word.meaning and word.meaning.strip():
                yield word, codes.kind


def _charted(proposal: Proposal) -> Iterator[tuple[Asked, ChartRow]]:
    for word, kind in _coded(proposal):
        if row := proposal.chart.find(kind, word.meaning or ""):
            yield word, row


def _shown(row: ChartRow) -> str:
    return f"{quoted(row.code)} {quoted(row.name)}" if row.name else quoted(row.code)


def _some_of(proposal: Proposal, kind: CodeKind) -> str:
    rows = [row for row in proposal.chart.by_code.get(kind, {}).values() if row.active]
    return f"The chart has {first_few(map(_shown, rows))}; export it anew if the code is new."


def _plain(code: str) -> str:
    return code.strip().casefold().lstrip("0") or code.strip()


def _twin(mapping: str) -> str | None:
    if "_fixed_value_mapping" in mapping:
        return mapping.replace("_fixed_value_", "_field_")
    return mapping.replace("_field_", "_fixed_value_") if "netsuite" in mapping and "_field_" in mapping else None
