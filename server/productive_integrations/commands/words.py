"""Sentences of the use cases speak of tools; here they speak of commands."""

import re
from collections.abc import Iterable
from typing import TypeVar

from productive_integrations.schemas.finding import Finding
from productive_integrations.schemas.outcome import PlanResult

_COMMAND_OF = {
    "list_integrations": "list",
    "get_integration": "show",
    "check_integration": "check",
    "update_mapping": "plan",
    "apply_mapping_plan": "apply",
    "list_changes": "changes",
    "undo_change": "undo",
}
_ARGUMENT_OF = {"accept": "--accept", "default": "--default", "plan_id": "PLAN", "change_id": "CHANGE"}
_FIELD = re.compile(rf"^({'|'.join(_ARGUMENT_OF)})(?=: )")
# What stands in quotation marks is somebody's own words.
_QUOTED_OR_TOOL = re.compile(rf'"(?:[^"\\]|\\.)*"|`?\b({"|".join(_COMMAND_OF)})\b`?')
_Result = TypeVar("_Result", bound=PlanResult)


def in_commands(text: str) -> str:
    """The sentence with each tool's name replaced by that of its command, and a field's that it begins with."""
    text = _FIELD.sub(lambda match: _ARGUMENT_OF[match[1]], text)
    return _QUOTED_OR_TOOL.sub(lambda match: f"`{_COMMAND_OF[match[1]]}`" if match[1] else match[0], text)


def findings_in_commands(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The same for messages and fixes."""
    return tuple(
        one.model_copy(update={"message": in_commands(one.message), "fix": one.fix and in_commands(one.fix)})
        for one in findings
    )


def result_in_commands(result: _Result) -> _Result:
    """The same for a result."""
    findings = findings_in_commands(result.findings)
    return result.model_copy(update={"next": in_commands(result.next), "findings": findings})
