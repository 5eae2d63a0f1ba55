"""Many runs, counted."""

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from .oracle import KINDS, check, counted
from .run import Scenario, simulate

EDITS_A_RUN = 250


@dataclass(slots=True)
class Tally:
    """What some runs came to. `failing` are the seeds of runs with a violation."""

    edits: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    others: Counter[str] = field(default_factory=Counter)
    violations: Counter[str] = field(default_factory=Counter)
    failing: list[int] = field(default_factory=list)
    seconds: float = 0

    def add(self, other: "Tally") -> None:
        """Count another one in."""
        self.edits += other.edits
        self.seconds += other.seconds
        self.failing += other.failing
        for mine, theirs in (
            (self.outcomes, other.outcomes),
            (self.faults, other.faults),
            (self.others, other.others),
            (self.violations, other.violations),
        ):
            mine.update(theirs)

    def table(self) -> str:
        """All of it for people."""
        rows: list[tuple[str, object]] = [("edits", self.edits)]
        rows += [(f"answer: {name}", count) for name, count in sorted(self.outcomes.items())]
        rows += [(f"fault: {name}", count) for name, count in sorted(self.faults.items())]
        rows += [(name, count) for name, count in sorted(self.others.items())]
        rows += [(f"VIOLATION: {kind}", self.violations[kind]) for kind in KINDS]
        rows += [("seeds of failing runs", sorted(self.failing)[:10])]
        rows += [
            ("CPU seconds", round(self.seconds, 1)),
            ("CPU ms an edit", round(self.seconds / self.edits * 1000, 2)),
        ]
        return "\n".join(f"{name:48} {value}" for name, value in rows)


def tally(runs: Iterable[int | Scenario], edits: int = EDITS_A_RUN) -> Tally:
    """Run these seeds or scenarios and hold each history against the guarantees."""
    total, began = Tally(), time.process_time()
    for run in runs:
        scenario = run if isinstance(run, Scenario) else Scenario(run, edits=edits)
        history = simulate(scenario)
        findings = check(history)
        total.edits += history.edits
        total.outcomes.update(
            call.result.outcome if call.result else type(call.error).__name__ for call in history.calls
        )
        total.faults.update(history.faults.values())
        total.others.update(
            {
                "processes that died": history.kills,
                "calls whose caller went": history.cancelled,
                "edits by somebody else": history.foreign,
                "edits by somebody else that got lost": findings.foreign_losses,
            }
        )
        if findings.violations:
            total.failing.append(scenario.seed)
            total.violations.update(counted(findings))
    total.seconds = time.process_time() - began
    return total
