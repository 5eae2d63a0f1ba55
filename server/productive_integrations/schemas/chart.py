from collections.abc import Iterable
from dataclasses import dataclass, field

from productive_integrations.providers.markers import CodeKind

from .directory import folded

CHART_KINDS = {
    "account": CodeKind.ACCOUNT,
    "item": CodeKind.ITEM,
    "product": CodeKind.PRODUCT,
    "article": CodeKind.ARTICLE,
    "ledger": CodeKind.LEDGER,
    "tax": CodeKind.TAX,
}
"""The kinds a chart may hold, as they are written in its files."""
LISTED = frozenset({*CHART_KINDS.values(), CodeKind.PROJECT, CodeKind.COST_CENTER})
"""Kinds of which the other system keeps a list, so that a value can be one too few."""

_SALES = frozenset({"REVENUE", "SALES", "INCOME", "OTHERINCOME"})
_COSTS = frozenset(
    {"EXPENSE", "EXPENSES", "OTHEREXPENSE", "DIRECTCOSTS", "COSTOFGOODSSOLD", "COGS", "OVERHEADS", "DEPRECIATN"}
)


def families(classes: Iterable[str]) -> frozenset[str]:
    """Classes for comparing: Xero, QuickBooks and Intacct have several words for income, and several for cost."""
    return frozenset("income" if word in _SALES else "cost" if word in _COSTS else word for word in classes)


def plain(code: str) -> str:
    """A code for comparing: case, blanks at an end and leading zeros do not matter."""
    return code.strip().casefold().lstrip("0") or code.strip()


@dataclass(frozen=True, slots=True)
class ChartRow:
    """One account, item, product, article, ledger or tax code of the other system.

    An account's `classes` say what it is (REVENUE, EXPENSE, BANK …), a tax code's which accounts it may go with.
    """

    kind: CodeKind
    code: str
    name: str = ""
    classes: frozenset[str] = frozenset()
    active: bool = True


@dataclass(frozen=True)
class Chart:
    """What exists in the other system, as far as somebody handed it over. An absent kind says nothing."""

    rows: tuple[ChartRow, ...] = ()
    by_code: dict[CodeKind, dict[str, ChartRow]] = field(init=False, repr=False, compare=False)
    _by_name: dict[tuple[CodeKind, str], list[ChartRow]] = field(init=False, repr=False, compare=False)
    _by_plain_code: dict[tuple[CodeKind, str], list[ChartRow]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_code: dict[CodeKind, dict[str, ChartRow]] = {}
        by_name: dict[tuple[CodeKind, str], list[ChartRow]] = {}
        by_plain_code: dict[tuple[CodeKind, str], list[ChartRow]] = {}
        for row in self.rows:
            by_code.setdefault(row.kind, {})[row.code] = row
            by_name.setdefault((row.kind, folded(row.name)), []).append(row)
            by_plain_code.setdefault((row.kind, plain(row.code)), []).append(row)
        object.__setattr__(self, "by_code", by_code)
        object.__setattr__(self, "_by_name", by_name)
        object.__setattr__(self, "_by_plain_code", by_plain_code)

    def holds(self, kind: CodeKind) -> bool:
        """Whether the chart lists codes of this kind."""
        return kind in self.by_code

    def find(self, kind: CodeKind, code: str) -> ChartRow | None:
        """The row of a code."""
        return self.by_code.get(kind, {}).get(code)

    def named(self, kind: CodeKind, text: str) -> tuple[ChartRow, ...]:
        """Every active row of that name in any case, or else every inactive one."""
        matches = tuple(self._by_name.get((kind, folded(text)), ()))
        return tuple(row for row in matches if row.active) or matches

    def spelt_like(self, kind: CodeKind, code: str) -> tuple[ChartRow, ...]:
        """Rows whose code may be this one, spelt differently."""
        return tuple(self._by_plain_code.get((kind, plain(code)), ()))

    def other_kinds(self, kind: CodeKind, code: str) -> Iterable[ChartRow]:
        """Rows of that code that are of another kind."""
        return (rows[code] for other, rows in self.by_code.items() if other is not kind and code in rows)
