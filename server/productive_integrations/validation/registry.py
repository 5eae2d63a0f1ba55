"""How a rule is written, and how all of them are run."""

import inspect
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from productive_integrations.schemas.finding import Finding, Severity

from .proposal import Proposal
from .reach import Reach, everywhere


@dataclass(frozen=True, slots=True)
class Problem:
    """What a rule found: where, what is wrong, and what to send instead when that is known."""

    field: str
    message: str
    fix: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A named judgement over a proposal. Its docstring is its page."""

    id: str
    name: str
    severity: Severity
    judge: Callable[[Proposal], Iterable[Problem]]
    concerns: Reach = everywhere

    @property
    def page(self) -> str:
        """What the rule says, why, and examples."""
        return inspect.getdoc(self.judge) or ""

    def examples(self, kind: Literal["Bad", "Good"]) -> list[dict[str, Any]]:
        """The page's examples of a kind: edits of the little organization that the tests describe."""
        found = re.findall(rf"^{kind}: (\{{.*\}})$", re.sub(r"\n {4}", " ", self.page), re.MULTILINE)
        return [json.loads(example) for example in found]

    @property
    def summary(self) -> str:
        """The page's first line."""
        return self.page.partition("\n")[0]

    def findings(self, proposal: Proposal) -> Iterator[Finding]:
        """All that the rule finds, in the order it finds it."""
        for problem in self.judge(proposal):
            yield Finding(
                rule=self.id,
                severity=self.severity,
                field=problem.field,
                message=problem.message,
                fix=problem.fix,
            )


def rule(
    rule_id: str, name: str, severity: Severity, concerns: Reach = everywhere
) -> Callable[[Callable[[Proposal], Iterable[Problem]]], Rule]:
    """Make a function of a proposal a rule; `concerns` says of which mappings it can find anything."""
    if not re.fullmatch(r"MAP[0-9]{3}", rule_id) or not re.fullmatch(r"[a-z]+(-[a-z]+)*", name):
        raise ValueError(f"{rule_id} {name}: a rule is MAP and three digits, and a kebab-case name")
    return lambda judge: Rule(rule_id, name, severity, judge, concerns)
