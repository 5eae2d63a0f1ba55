"""A plan put to a person."""

from productive_integrations.schemas.finding import Finding
from productive_integrations.schemas.outcome import ChangeRow
from productive_integrations.schemas.plan import Plan
from productive_integrations.text import quoted, visible

MAX_ROWS = 20
MAX_ALIKE = 5
_ASKS = {"block": "Forbidden", "confirm": "Please confirm", "inform": "Please note"}


def question(plan: Plan) -> str:
    """What is asked before a plan is applied: every change with names, what stays, what falls back, what to confirm.

    The same plan always gives the same text and another plan another one, so an answer belongs to what was shown.
    """
    shown = plan.shown
    lines = [f"Change {plan.edit.mapping} of {plan.place}?"]
    lines += [f"- {_row(row)}" for row in shown.changes[:MAX_ROWS]]
    if (left := len(shown.changes) - MAX_ROWS) > 0:
        lines.append(f"- and {left} more entries")
    lines.append(f"{shown.untouched} other entries stay as they are.")
    if shown.falls_back.count:
        names = ", ".join(quoted(name) for name in shown.falls_back.names)
        more = " …" if shown.falls_back.count > len(shown.falls_back.names) else ""
        default = shown.falls_back.default
        covered = f"use the default {quoted(default)}" if default else "have no default"
        lines.append(f"{shown.falls_back.count} without an entry {covered}: {names}{more}")
    for findings in _by_rule(shown.findings):
        lines += [f"{_ASKS[one.severity]} ({one.rule}): {one.message}" for one in findings[:MAX_ALIKE]]
        if (left := len(findings) - MAX_ALIKE) > 0:
            lines.append(f"{_ASKS[findings[0].severity]} ({findings[0].rule}): the same of {left} more")
    if plan.edit.reason:
        lines.append(f"Reason given: {quoted(plan.edit.reason, 200)}")
    lines.append(f"({plan.id})")
    return visible("\n".join(lines))


def _by_rule(findings: tuple[Finding, ...]) -> list[list[Finding]]:
    by_rule: dict[str, list[Finding]] = {}
    for finding in findings:
        by_rule.setdefault(finding.rule, []).append(finding)
    return list(by_rule.values())


def _row(row: ChangeRow) -> str:
    name = f"{quoted(row.key_name)} ({row.key})" if row.key_name else quoted(row.key)
    before = "no entry" if row.before is None else quoted(row.before)
    after = "no entry" if row.after is None else quoted(row.after)
    return f"{name}: {before} → {after}{f' ({quoted(row.after_name)})' if row.after_name else ''}"
