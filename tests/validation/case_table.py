"""Reads cases.md: what is stored, what is asked for, and what the rules must say, in words an admin can check."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from productive_integrations.providers import type_named
from productive_integrations.providers.markers import Records, Side
from rule_cases import DIRECTORY, MAIN

TABLE = Path(__file__).parent / "cases.md"
COLUMNS = ["what", "mapping", "stored", "edit", "also", "findings"]
_FINDING = re.compile(r"(MAP[0-9]{3}) (block|confirm|inform) (\S.*)")


@dataclass(frozen=True)
class Row:
    """One case: how it reads, the case for `proposal_of`, and the findings it must give."""

    what: str
    case: dict[str, Any]
    findings: list[tuple[str, ...]]


def rows() -> list[Row]:
    """Every row of the table. Raises ValueError, naming the line, for one that cannot be read."""
    found, provider = [], ""
    for number, line in enumerate(TABLE.read_text(encoding="utf-8").splitlines(), start=1):
        if line.startswith("## "):
            provider = line.removeprefix("## ").strip()
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else []
        if not cells or cells == COLUMNS or set(line) <= set("|-"):
            continue
        try:
            found.append(_row(provider, dict(zip(COLUMNS, cells, strict=True))))
        except (ValueError, KeyError, AssertionError) as error:
            raise ValueError(f"{TABLE.name}:{number}: {error}") from error
    return found


def _row(provider: str, cells: dict[str, str]) -> Row:
    mapping = cells["mapping"] if cells["mapping"] != "-" else MAIN
    kind = type_named(provider)
    assert kind is not None, f"no integration type {provider!r}"
    facts = kind.mappings().get(mapping)
    sides = (facts.key, facts.value) if facts else (None, None)
    case: dict[str, Any] = {"type": provider, "mapping": mapping}
    if cells["stored"] != "-":
        case["stored"] = None if cells["stored"] == "null" else _entries(cells["stored"], sides)
    for part in _parts(cells["edit"]):
        _read_edit(case, part)
    for part in _parts(cells["also"]):
        _read_also(case, part, sides)
    findings = [] if cells["findings"] == "none" else [_finding(part) for part in cells["findings"].split("; ")]
    return Row(f"{provider}: {cells['what']}", case, findings)


def _parts(cell: str) -> list[str]:
    return [] if cell == "-" else cell.split("; ")


def _entries(cell: str, sides: tuple[Side | None, Side | None]) -> dict[str, Any]:
    if cell == "nothing":
        return {}
    pairs = (part.partition("=") for part in cell.split(", "))
    return {str(_token(key, sides[0])): _token(value, sides[1]) for key, _, value in pairs}


def _token(text: str, side: Side | None = None) -> Any:
    """Text as written, JSON when it is quoted or in brackets, a number behind #, or the id behind a record's name."""
    if text.startswith("#"):
        return int(text[1:])
    if text.startswith(('"', "[", "{")) or text in {"true", "null"}:
        return json.loads(text)
    named = DIRECTORY[side.noun].named(text) if isinstance(side, Records) else ()
    return named[0].id if len(named) == 1 else text


def _read_edit(case: dict[str, Any], part: str) -> None:
    if part == "check":
        case["check"] = True
    elif match := re.fullmatch(r"set (.+) to (.+)", part):
        case.setdefault("set", {})[_token(match[1])] = _token(match[2])
    elif match := re.fullmatch(r"remove (.+)", part):
        case.setdefault("remove", []).append(_token(match[1]))
    elif match := re.fullmatch(r"default (.+)", part):
        case["default"] = _token(match[1])
    else:
        raise ValueError(f"no edit: {part}")


def _read_also(case: dict[str, Any], part: str, sides: tuple[Side | None, Side | None]) -> None:
    if part == "switched off":
        case.setdefault("integration", {})["deactivated_at"] = "2026-02-01"
    elif part == "never connected":
        case.setdefault("integration", {})["connected_at"] = None
    elif match := re.fullmatch(r"chart (.+)", part):
        case.setdefault("chart", []).append(match[1])
    elif match := re.fullmatch(r"elsewhere (switched off )?of (\S+): (.+)", part):
        place = {"subsidiary": None if match[2] == "none" else match[2], "active": match[1] is None}
        case.setdefault("others", []).append(place | {"entries": _entries(match[3], sides)})
    elif match := re.fullmatch(r"planned (\w+)=(.+)", part):
        case.setdefault("planned", {})[match[1]] = json.loads(match[2])
    elif match := re.fullmatch(r"left behind (.+): (.+)", part):
        case.setdefault("unmatched", {})[match[1]] = match[2]
    elif match := re.fullmatch(r"(\w+)=(.+)", part):
        case.setdefault("integration", {})[match[1]] = json.loads(match[2])
    else:
        raise ValueError(f"no circumstance: {part}")


def _finding(part: str) -> tuple[str, ...]:
    match = _FINDING.fullmatch(part)
    if not match:
        raise ValueError(f"no finding: {part}")
    rule, severity, field = match.groups()
    return rule, severity, json.loads(field) if field.startswith('"') else field
