"""Whether the other system's side agrees with the chart that was handed over."""

import re
from collections.abc import Iterator
from itertools import islice
from math import isclose

from productive_integrations.providers.markers import CodeKind, Noun
from productive_integrations.schemas.chart import ChartRow, families
from productive_integrations.text import quoted

from .proposal import Asked, Proposal
from .reach import charted, classed, only, tax_rates
from .registry import Problem, rule
from .words import FIRST, a, closest, first_few

_PERCENT = re.compile(r"([0-9]+(?:[.,][0-9]+)?)\s?%")
_SUGGESTIONS = 3


@rule("MAP501", "not-in-chart", "block", charted)
def not_in_chart(proposal: Proposal) -> Iterator[Problem]:
    """The chart that was handed over does not hold the value.

    The other system would refuse every document with it. If the code is new there, the chart has to be exported anew.

    Bad: {"chart": ["account,4010,Design fees,REVENUE,true"], "set": {"Design": "4011"}}
    Good: {"chart": ["account,4010,Design fees,REVENUE,true"], "set": {"Development": "4010"}}
    Source: mapping-domain.md, R4.
    """
    chart, suggested = proposal.chart, 0
    for word, kind in _coded(proposal):
        code = word.meaning or ""
        if chart.find(kind, code) is None and not list(chart.other_kinds(kind, code)):
            alike = chart.spelt_like(kind, code)
            fix = f"Did you mean {_shown(alike[0])}?" if alike else None
            # Looking for like codes is slow, and nobody reads the hundredth.
            suggested += 1
            if fix is None and suggested <= _SUGGESTIONS and (near := _nearest(code, proposal, kind)):
                fix = f"Nearest in the chart: {', '.join(map(_shown, near))}. Export the chart anew if the code is new."
            fix = fix or _some_of(proposal, kind)
            yield Problem(word.field, f"The chart of this integration has no {kind.value} {quoted(code)}.", fix)


@rule("MAP502", "wrong-kind", "block", charted)
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
                f"By the chart {quoted(word.meaning or '')} is {a(others[0].kind.value)}, "
                f"and {proposal.mapping} needs {a(kind.value)}.",
                _some_of(proposal, kind),
            )


@rule("MAP504", "inactive-code", "confirm", charted)
def inactive_code(proposal: Proposal) -> Iterator[Problem]:
    """The chart says that the code is not active any more.

    Mostly the other system refuses documents with it.

    Bad: {"chart": ["account,4010,Design fees,REVENUE,false"], "set": {"Design": "4010"}}
    Good: {"chart": ["account,4010,Design fees,REVENUE,true"], "set": {"Design": "4010"}}
    Source: mapping-domain.md, R5 and R11.
    """
    for word, row in _charted(proposal):
        if not row.active:
            yield Problem(
                word.field,
                f"By the chart the {row.kind.value} {_shown(row)} is not active any more.",
                _some_of(proposal, row.kind),
            )


@rule("MAP505", "wrong-class", "confirm", classed)
def wrong_class(proposal: Proposal) -> Iterator[Problem]:
    """The account is of a class that this mapping should not post to: a bank account for sales.

    The figures land where nobody looks for them, and some classes are refused.

    Bad: {"chart": ["account,090,Current account,BANK,true"], "set": {"Design": "090"}}
    Good: {"chart": ["account,4010,Design fees,REVENUE,true"], "set": {"Design": "4010"}}
    Source: mapping-domain.md, section 1 and R7.
    """
    wanted = families(proposal.facts.classes) if proposal.facts else frozenset()
    for word, row in _charted(proposal):
        if wanted and row.classes and not families(row.classes) & wanted:
            yield Problem(
                word.field,
                f"The {row.kind.value} {_shown(row)} is of class {', '.join(sorted(row.classes))}; {proposal.mapping} "
                f"should post to {' or '.join(sorted(proposal.facts.classes if proposal.facts else ()))}.",
                f"Use {a(row.kind.value)} of that class.",
            )


@rule("MAP509", "tax-against-account", "confirm", only("account_code_mapping", "tax_rate_mapping"))
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
    taxes, accounts = "tax_rate_mapping", "account_code_mapping"
    if proposal.mapping not in {taxes, accounts}:
        return
    beside, kind = (taxes, CodeKind.TAX) if proposal.mapping == accounts else (accounts, CodeKind.ACCOUNT)
    # When everything is checked, the accounts say it.
    if proposal.checking and beside == accounts and proposal.integration.entries(accounts):
        return
    facts = proposal.integration.mappings.get(beside)
    default = proposal.integration.value(facts.default) if facts and facts.default else None
    paired = {str(value) for value in (*(proposal.integration.entries(beside) or {}).values(), default)}
    rows = [row for code in sorted(paired) if (row := proposal.chart.find(kind, code)) and row.classes]
    for word, row in _charted(proposal):
        own = families(row.classes)
        if clash := [other for other in rows if own and not own & families(other.classes)]:
            yield Problem(
                word.field,
                f"By the chart the {row.kind.value} {_shown(row)} may not go with the {kind.value} "
                f"{first_few(map(_shown, clash))}, which {beside} uses.",
                f"Choose {a(row.kind.value)} whose class fits, or correct {beside} first.",
            )


@rule("MAP510", "percent-differs", "confirm", tax_rates)
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
        said = _PERCENT.findall(row.name) if row else []
        if row and rate and rate.percent is not None and said and not _says(said, rate.percent):
            yield Problem(
                value.field,
                f"The tax rate {quoted(rate.name)} is {rate.percent:g} %, "
                f"and the tax code {_shown(row)} says {' and '.join(said)} %.",
                "Use the tax code of the same percentage.",
            )


def _says(figures: list[str], percent: float) -> bool:
    """Whether one of the figures in a name, or all of them together, are the percentage: "GST 5% + QST 9.975%"."""
    percents = [float(figure.replace(",", ".")) for figure in figures]
    return any(isclose(said, percent, abs_tol=0.0005) for said in (*percents, sum(percents)))


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
    rows = list(islice((row for row in proposal.chart.by_code.get(kind, {}).values() if row.active), FIRST))
    has = (
        f"The chart has, for example, {', '.join(map(_shown, rows))}"
        if rows
        else f"The chart has no active {kind.value}"
    )
    return f"{has}; export it anew if the other system has changed."


def _nearest(text: str, proposal: Proposal, kind: CodeKind) -> list[ChartRow]:
    """Active codes or names like this one."""
    wanted = text.casefold()
    by_text: dict[str, ChartRow] = {}
    for row in proposal.chart.by_code[kind].values():
        for known in (row.code.casefold(), row.name.casefold()):
            if row.active and known[:1] == wanted[:1]:
                by_text.setdefault(known, row)
    return [by_text[known] for known in closest(wanted, by_text, 2, 0.75)]
