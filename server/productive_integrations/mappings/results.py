"""What a write's outcome says, in rows for people and one sentence on what to do."""

from collections.abc import Iterable

from productive_integrations.schemas.edit import Change
from productive_integrations.schemas.finding import Finding
from productive_integrations.schemas.outcome import ChangeRow, Difference, FallsBack, Outcome, PlanResult, WriteResult
from productive_integrations.text import quoted
from productive_integrations.validation import Proposal

from .resolve import as_text
from .room import Room

FIRST_NAMES = 3
MAX_STEPS = 25


def rows(change: Change) -> tuple[ChangeRow, ...]:
    """A change for people; the default comes last, under its attribute's name."""
    entries = [
        ChangeRow(
            key=entry.key,
            key_name=entry.key_name,
            before=as_text(entry.before),
            after=as_text(entry.after),
            after_name=entry.after_name,
        )
        for entry in change.entries
    ]
    default = change.default
    if default:
        entries.append(
            ChangeRow(
                key=default.attribute,
                key_name="default",
                before=as_text(default.before),
                after=as_text(default.after),
                after_name=default.after_name,
            )
        )
    return tuple(entries)


def falls_back(proposal: Proposal, names: int = FIRST_NAMES) -> FallsBack:
    """What is left without an entry, what loses its own now first, and the default that covers it."""
    unmapped = sorted(proposal.unmapped, key=lambda entry: entry.id not in proposal.before)
    return FallsBack(
        count=len(unmapped),
        names=tuple(entry.name for entry in unmapped[:names]),
        default=as_text(proposal.default_after),
    )


def described(proposal: Proposal, findings: tuple[Finding, ...] = ()) -> WriteResult:
    """A result about a proposal, its outcome still to be said."""
    touched = {entry.key for entry in proposal.change.entries}
    return WriteResult(
        outcome="blocked",
        changes=rows(proposal.change),
        untouched=len(proposal.before.keys() - touched),
        falls_back=falls_back(proposal),
        findings=findings,
        next="",
    )


def nothing_done(outcome: Outcome, sentence: str) -> WriteResult:
    """A result with nothing to show."""
    return WriteResult(
        outcome=outcome, changes=(), untouched=0, falls_back=FallsBack(count=0), findings=(), next=sentence
    )


def said(result: WriteResult, **what: object) -> WriteResult:
    """The same result with more known."""
    return result.model_copy(update=what)


def fitted(result: PlanResult) -> PlanResult:
    """The result with as many rows as an answer may hold: findings first, then differences and changes."""
    room = Room()
    findings, differences, changes = room.fit(result.findings), room.fit(result.differences), room.fit(result.changes)
    shown = len(findings) + len(differences) + len(changes)
    omitted = len(result.findings) + len(result.differences) + len(result.changes) - shown
    if not omitted:
        return result
    text = f"{result.next} {omitted} rows had no room in this answer: tell the person so."
    kept = {"findings": findings, "differences": differences, "changes": changes, "omitted": omitted, "next": text}
    return result.model_copy(update=kept)


def unpassed(findings: Iterable[Finding], accepted: Iterable[str]) -> list[Finding]:
    """The findings that still ask for a person's yes."""
    return [finding for finding in findings if finding.severity == "confirm" and finding.rule not in set(accepted)]


def blocking(findings: Iterable[Finding]) -> list[Finding]:
    """The findings that forbid an edit."""
    return [finding for finding in findings if finding.severity == "block"]


def held_by_another(seconds: float) -> str:
    """The sentence of a busy integration."""
    return f"Another edit holds this integration; nothing was sent. Call again in {max(1, round(seconds))} seconds."


def rule_ids(findings: Iterable[Finding]) -> str:
    """Each rule once, in order."""
    return ", ".join(dict.fromkeys(finding.rule for finding in findings))


def not_as_planned(differences: tuple[Difference, ...]) -> str:
    """The sentence of a conflict."""
    count = len(differences)
    what = "entry is" if count == 1 else "entries are"
    return f"{count} {what} not as expected, so nothing was sent. Look at differences, then plan the edit again."


def manual_steps(proposal: Proposal) -> tuple[str, ...]:
    """What a person does by hand in Productive when the API refuses."""
    integration, changes = proposal.integration, rows(proposal.change)
    place = (proposal.facts and proposal.facts.settings_path) or "Settings > App marketplace"
    title = proposal.mapping.replace("_", " ")
    steps = [
        f"In Productive, as an account admin, open {place}.",
        f"Open the integration {quoted(integration.name)} (id {integration.id}) and there its {title}.",
    ]
    for row in changes[:MAX_STEPS]:
        subject = f"{quoted(row.key_name)} ({row.key})" if row.key_name else quoted(row.key)
        steps.append(f"Remove {subject}." if row.after is None else f"Set {subject} to {quoted(row.after)}.")
    if len(changes) > MAX_STEPS:
        steps.append(f"Do the same for the other {len(changes) - MAX_STEPS} entries of changes.")
    return (*steps, "Save.")
