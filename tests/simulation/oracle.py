"""What must never have happened, looked for in a history. The log of commits is what is true."""

import json
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, get_args

from productive_integrations.errors import IntegrationsError
from productive_integrations.schemas.journal import Intent
from productive_integrations.schemas.outcome import Outcome, WriteResult

from .fleet import Died
from .history import LAG, Call, Commit, History
from .world import DEFAULTS

NOTHING_SENT = frozenset({"unchanged", "approval_required", "blocked", "declined", "conflict", "refused", "busy"})
ENDS = frozenset({"applied", "not_stored", "refused", "conflict", "unchanged"})
KINDS = (
    "our edit lost to ours",
    "foreign edit lost outside the window",
    "false applied",
    "false not stored",
    "nothing sent, but it was",
    "second commit",
    "not classified",
    "unsettled",
    "other entry harmed",
    "stale answer",
    "receipts differ",
)
Place = tuple[str, str]
"""An attribute, and a key of its hash or nothing for a default."""
_ROUNDED = 0.001


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that must not be."""

    kind: str
    at: float
    integration_id: str
    text: str


@dataclass(slots=True)
class Findings:
    """All of them, and the losses that no client can prevent."""

    violations: list[Violation] = field(default_factory=list)
    foreign_losses: int = 0


def check(history: History) -> Findings:
    """Hold a history against the guarantees."""
    return _Check(history).all()


def exact(value: Any) -> str:
    """Equal for the same JSON only: 1 is not "1", and a key that is not there is not null."""
    return json.dumps(value, sort_keys=True)


_NONE = "(no entry)"


def _entry(attributes: dict[str, Any], place: Place) -> str:
    attribute, key = place
    value = attributes.get(attribute)
    if not key:
        return exact(value)
    return exact(value[key]) if isinstance(value, dict) and key in value else _NONE


def _places(*versions: dict[str, Any]) -> set[Place]:
    found: set[Place] = set()
    for attributes in versions:
        for name, value in attributes.items():
            if isinstance(value, dict):
                found.update((name, key) for key in value)
            else:
                found.add((name, ""))
    return found


def touched(intent: Intent) -> dict[Place, tuple[str, str]]:
    """What an intent changes, from what to what."""
    places = {
        (intent.mapping, entry.key): (
            exact(intent.base[entry.key]) if entry.key in intent.base else _NONE,
            _NONE if entry.after is None else exact(entry.after),
        )
        for entry in intent.change.entries
    }
    if default := intent.change.default:
        places[default.attribute, ""] = (exact(default.before), exact(default.after))
    return places


class _Check:
    def __init__(self, history: History) -> None:
        self.history = history
        self.found = Findings()
        self.commits: dict[str, list[Commit]] = defaultdict(list)
        self.of_change: dict[str, list[Commit]] = defaultdict(list)
        self.of_plan: dict[str, list[Commit]] = defaultdict(list)
        for commit in history.commits:
            self.commits[commit.integration_id].append(commit)
            if commit.change_id:
                self.of_change[commit.change_id].append(commit)
                self.of_plan[history.intents[commit.change_id].plan_id].append(commit)
        self.times = {place: [commit.at for commit in commits] for place, commits in self.commits.items()}
        self.of_call: dict[int, list[str]] = defaultdict(list)
        for change_id, number in history.call_of.items():
            self.of_call[number].append(change_id)
        self.endings = {
            recorded.intent.change_id: recorded.ending.at for recorded in history.journal if recorded.ending
        }

    def all(self) -> Findings:
        for commits in self.commits.values():
            self._losses(commits)
        self._once()
        for call in self.history.calls:
            self._said(call)
        self._settled()
        return self.found

    def _report(self, kind: str, at: float, integration_id: str, text: str) -> None:
        self.found.violations.append(Violation(kind, at, integration_id, text))

    def _losses(self, commits: list[Commit]) -> None:
        """Every entry that a write of ours overwrote without having seen it: whose was it, and since when?"""
        written: dict[Place, Commit | None] = {}
        for commit in commits:
            if commit.change_id:
                self._lost_to(commit, written)
            sent = self.history.sent[commit.change_id].attributes if commit.change_id else commit.after
            for place in _places(commit.before, commit.after):
                after = _entry(commit.after, place)
                if _entry(commit.before, place) != after:
                    # What upstream made of a value is no edit of ours.
                    ours = commit.change_id and _entry(sent, place) == after
                    written[place] = commit if ours else Commit(commit.at, commit.integration_id, "", {}, {})

    def _lost_to(self, commit: Commit, written: dict[Place, Commit | None]) -> None:
        intent, sent = self.history.intents[commit.change_id], self.history.sent[commit.change_id]
        mine = touched(intent)
        for place in _places(commit.before, sent.attributes):
            if place[0] not in sent.attributes:
                if _entry(commit.before, place) != _entry(commit.after, place):
                    self._report("other entry harmed", commit.at, commit.integration_id, f"{commit.change_id} {place}")
                continue
            was, wanted = _entry(commit.before, place), _entry(sent.attributes, place)
            seen = mine[place][0] if place in mine else wanted
            if was in {wanted, seen} or _entry(commit.after, place) == was:
                continue
            text = f"{commit.change_id} wrote {wanted} over {was} at {place[1] or place[0]}, having seen {seen}"
            writer = written.get(place)
            if writer is None:
                self._report("other entry harmed", commit.at, commit.integration_id, text)
            elif writer.change_id:
                self._report("our edit lost to ours", commit.at, commit.integration_id, text)
            else:
                self.found.foreign_losses += 1
                if writer.at < sent.compared_at - LAG or not self._within_window(commit, sent.compared_at):
                    text += f"; theirs was made {sent.compared_at - writer.at:.2f} s before the compare-read"
                    self._report("foreign edit lost outside the window", commit.at, commit.integration_id, text)
        kept = [key for key in sent.attributes[intent.mapping] if (intent.mapping, key) not in mine]
        if kept != [key for key in intent.base if (intent.mapping, key) not in mine]:
            self._report("other entry harmed", commit.at, commit.integration_id, f"{commit.change_id}: order of keys")

    def _within_window(self, commit: Commit, compared_at: float) -> bool:
        receipt = self.history.receipts.get(self.history.intents[commit.change_id].plan_id)
        window = receipt.window_ms if receipt else None
        return window is not None and commit.at <= compared_at + window / 1000 + _ROUNDED

    def _once(self) -> None:
        for plan_id, commits in self.of_plan.items():
            if len(commits) > 1:
                at, place = commits[1].at, commits[1].integration_id
                self._report("second commit", at, place, f"{plan_id[:9]}: {[one.change_id for one in commits]}")

    def _said(self, call: Call) -> None:
        if call.result is None:
            if not isinstance(call.error, IntegrationsError | Died) and type(call.error).__name__ != "CancelledError":
                text = f"call {call.number} {call.what}: {call.error!r}"
                self._report("not classified", call.at, call.integration_id, text)
            if isinstance(call.error, IntegrationsError):
                self._nothing_sent(call, type(call.error).__name__)
            return
        result = call.result
        if result.outcome not in get_args(Outcome):
            self._report("not classified", call.at, call.integration_id, result.outcome)
        if result.outcome in NOTHING_SENT:
            self._nothing_sent(call, result.outcome)
        if result.outcome in ENDS and call.plan_id:
            self._end(result, call.plan_id, call.at)
        if result.outcome == "unchanged" and call.asked:
            self._as_it_was(call, {self._place(call, key): value for key, value in call.asked.items()})
        if result.outcome == "approval_required":
            before = {self._place(call, row.key): row.before for row in result.changes}
            self._as_it_was(call, before)

    @staticmethod
    def _place(call: Call, key: str) -> Place:
        default = DEFAULTS[call.mapping]
        return (default, "") if key in {"default", default} else (call.mapping, key)

    def _nothing_sent(self, call: Call, said: str) -> None:
        for change_id in self.of_call[call.number]:
            if commits := self.of_change.get(change_id):
                text = (
                    f"call {call.number} {call.what} said {said}, but {change_id} is stored since {commits[0].at:.3f}"
                )
                self._report("nothing sent, but it was", call.at, call.integration_id, text)

    def _end(self, receipt: WriteResult, plan_id: str, at: float) -> None:
        """Whether an answer that closes a plan is true."""
        place = self.history.calls[0].integration_id
        if receipt.outcome in {"refused", "conflict", "unchanged"}:
            if commits := self.of_plan.get(plan_id):
                text = f"{plan_id[:9]} ended as {receipt.outcome}, but is stored since {commits[0].at:.3f}"
                self._report("nothing sent, but it was", at, commits[0].integration_id, text)
            return
        change_id = receipt.change_id or ""
        intent = self.history.intents.get(change_id)
        sent = self.history.sent.get(change_id)
        if intent is None:
            self._report("not classified", at, place, f"{plan_id[:9]} ended as {receipt.outcome} without a change")
            return
        place, mine = intent.integration_id, touched(intent)
        if receipt.outcome == "applied":
            if sent is None or not any(
                all(exact(state.get(name)) == exact(value) for name, value in sent.attributes.items())
                for state in self._states(place, sent.compared_at, at)
            ):
                self._report("false applied", at, place, f"{plan_id[:9]} {change_id}")
            return
        commits = self.of_change.get(change_id, [])
        named = {difference.key for difference in receipt.differences}
        says_landed = bool(named) and not any((key or name) in named for name, key in mine)
        if says_landed and not any(
            all(_entry(state, one) == after for one, (_, after) in mine.items())
            for state in self._states(place, sent.compared_at if sent else at, at)
        ):
            self._report("false applied", at, place, f"{plan_id[:9]} {change_id}: not even its own entries")
        if says_landed or not commits:
            return
        (commit, *_) = commits
        as_wanted = all(_entry(commit.after, one) == after for one, (_, after) in mine.items())
        since = self.commits[place].index(commit) + 1
        later = [other for other in self.commits[place][since:] if other.at <= at]
        changed_since = any(_entry(other.before, one) != _entry(other.after, one) for other in later for one in mine)
        if as_wanted and not changed_since:
            text = f"{plan_id[:9]} {change_id} is stored since {commit.at:.3f}: {receipt.next}"
            self._report("false not stored", at, place, text)

    def _states(self, place: str, since: float, until: float) -> Iterator[dict[str, Any]]:
        """Every state that an integration was in between two moments."""
        commits, times = self.commits.get(place, []), self.times.get(place, [])
        first = bisect_left(times, since)
        if first:
            yield commits[first - 1].after
        elif commits:
            yield commits[0].before
        yield from (commit.after for commit in commits[first:] if commit.at <= until)

    def _as_it_was(self, call: Call, entries: dict[Place, str | None]) -> None:
        """What an answer tells of the mapping must not be older than our own changes that had ended by then."""
        since = call.began - LAG
        for commit in self.commits.get(call.integration_id, []):
            # What ended as applied may land only later, when somebody else had made the very edit.
            ended = self.endings.get(commit.change_id, call.began)
            if max(ended, commit.at) < call.began:
                since = max(since, commit.at)
        states = list(self._states(call.integration_id, since, call.at))
        if states and not any(
            all(_told(_entry(state, one)) == now for one, now in entries.items()) for state in states
        ):
            text = f"call {call.number} {call.what} told {entries}, which was so only before our own change"
            self._report("stale answer", call.at, call.integration_id, text)

    def _settled(self) -> None:
        ended = {recorded.intent.change_id: recorded.ending for recorded in self.history.journal}
        for recorded in self.history.journal:
            intent = recorded.intent
            if recorded.ending is None:
                self._report("unsettled", intent.at, intent.integration_id, intent.change_id)
                continue
            receipt = self.history.receipts.get(intent.plan_id)
            if receipt and receipt.change_id == intent.change_id:
                self._end(receipt, intent.plan_id, recorded.ending.at)
        # A change that never left is not among the changes.
        for change_id in self.history.intents.keys() - ended.keys():
            if commits := self.of_change.get(change_id):
                text = f"{change_id} was written down as never sent"
                self._report("nothing sent, but it was", commits[0].at, commits[0].integration_id, text)
        told: dict[str, set[str]] = defaultdict(set)
        for call in self.history.calls:
            if call.result and call.plan_id and call.result.outcome in ENDS:
                told[call.plan_id].add(call.result.model_dump_json())
        for plan_id, receipts in told.items():
            if len(receipts) > 1:
                self._report("receipts differ", 0, "", f"{plan_id[:9]}: {receipts}")


def _told(entry: str) -> str | None:
    """An entry as answers tell it."""
    value = None if entry == _NONE else json.loads(entry)
    return value if value is None or isinstance(value, str) else json.dumps(value)


def counted(findings: Findings) -> Counter[str]:
    """How often each kind was found."""
    return Counter(violation.kind for violation in findings.violations)
