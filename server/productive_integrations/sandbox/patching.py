"""What a PATCH of an integration leaves behind."""

import copy
import re
from collections.abc import Mapping
from typing import Any

from . import problems
from .problems import Problem
from .switches import Switches


def refusal(switches: Switches, attributes: Mapping[str, Any]) -> Problem | None:
    """The error that the switches order for every PATCH."""
    first = next(iter(attributes), "base")
    return {
        None: None,
        401: problems.UNAUTHENTICATED,
        403: problems.ACCESS_DENIED,
        404: problems.RECORD_NOT_FOUND,
        405: problems.METHOD_NOT_ALLOWED,
        422: problems.invalid_attribute(first, "can not be changed"),
    }[switches.patch_refusal]


def patched(stored: Mapping[str, Any], sent: Mapping[str, Any], switches: Switches) -> dict[str, Any]:
    """The attributes that change. Those that are not accepted are left out without a word."""
    accepted = switches.accepted_attributes - switches.ignored_attributes
    return {
        name: _stored_form(_combined(stored.get(name), value, switches), switches)
        for name, value in sent.items()
        if name in accepted
    }


def _combined(old: Any, new: Any, switches: Switches) -> Any:
    if switches.patch_mode == "merge" and isinstance(old, dict) and isinstance(new, dict):
        return {**copy.deepcopy(old), **copy.deepcopy(new)}
    return copy.deepcopy(new)


def _stored_form(value: Any, switches: Switches) -> Any:
    if switches.normalise == "null_empty" and value == {}:
        return None
    if switches.normalise == "strip_zeros":
        if isinstance(value, dict):
            return {key: _without_zeros(part) for key, part in value.items()}
        return _without_zeros(value)
    return value


def _without_zeros(value: Any) -> Any:
    return re.sub(r"^0+(?=\d+$)", "", value) if isinstance(value, str) else value
