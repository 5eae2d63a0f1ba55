"""What an edit came to, and what rules found, for a person."""

from collections.abc import Iterable, Iterator

from productive_integrations.schemas.finding import Finding
from productive_integrations.schemas.outcome import FallsBack, Outcome, PlanResult, WriteResult

from .base import DONE, NOT_KNOWN, SAYS_NO
from .screen import Screen
from .words import result_in_commands

NONE = "(none)"
CHANGE_COLUMNS = ("key", "name", "before", "after", "after name")
PLANNED: frozenset[Outcome] = frozenset({"approval_required", "unchanged"})
APPLIED: frozenset[Outcome] = frozenset({"applied", "unchanged"})


def report(result: PlanResult, screen: Screen, about: str = "", good: frozenset[Outcome] = PLANNED) -> int:
    """Show a result; the status tells a script whether it is one of the good ones."""
    result = result_in_commands(result)
    if screen.as_json:
        screen.data(result)
    else:
        _show(result, screen, about)
    if result.outcome == "unknown":
        return NOT_KNOWN
    return DONE if result.outcome in good else SAYS_NO


def _show(result: PlanResult, screen: Screen, about: str) -> None:
    if about:
        screen.line(about)
    screen.table(CHANGE_COLUMNS, change_cells(result))
    if result.changes:
        screen.line(f"{result.untouched} other entries stay as they are.")
    _show_what_falls_back(result.falls_back, screen)
    show_findings(result.findings, screen)
    screen.table(
        ("key", "planned from", "now", "wanted"),
        ((one.key, _entry(one.planned_from), _entry(one.now), _entry(one.wanted)) for one in result.differences),
    )
    if isinstance(result, WriteResult):
        for number, step in enumerate(result.manual_steps, 1):
            screen.line(f"{number}. {step}")
    change_id = result.change_id if isinstance(result, WriteResult) else None
    screen.line(f"{result.outcome}{f' ({change_id})' if change_id else ''}: {result.next}")


def change_cells(result: PlanResult) -> Iterator[tuple[str | None, ...]]:
    """A row for each changed entry."""
    for row in result.changes:
        yield row.key, row.key_name, _entry(row.before), _entry(row.after), row.after_name


def _show_what_falls_back(falls_back: FallsBack, screen: Screen) -> None:
    """Records without an entry, and what covers them."""
    if falls_back.count:
        covered = f"use the default {falls_back.default}" if falls_back.default else "have no default"
        more = ", …" if falls_back.count > len(falls_back.names) else ""
        screen.line(f"{falls_back.count} without an entry {covered}: {', '.join(falls_back.names)}{more}")


def show_findings(findings: Iterable[Finding], screen: Screen) -> None:
    """Findings in a table."""
    screen.table(
        ("rule", "severity", "field", "finding", "fix"),
        ((one.rule, one.severity, one.field, one.message, one.fix) for one in findings),
    )


def _entry(value: str | None) -> str:
    return NONE if value is None else value
