"""What is no message is refused before the SDK sees it: it would leave it unanswered or answer with its own insides."""

import json
from collections import Counter
from typing import Any

from mcp.types import INVALID_REQUEST, PARSE_ERROR, jsonrpc_message_adapter
from pydantic import ValidationError

from productive_integrations.text import compact, quoted


def refusal(raw: bytes) -> str | None:
    """What to answer to bytes that are no message, with their id where it can be told. None for a message.

    A message that gives a key twice is none: what it asks for depends on who reads it. Empty for a blank line, and for
    what may be an answer: refusing it could be taken for an answer itself.
    """
    if not raw.strip():
        return ""
    twice = _Twice()
    try:
        said = json.loads(raw.decode("utf-8", "replace"), object_pairs_hook=twice)
    except (ValueError, RecursionError):
        return error(PARSE_ERROR, "This is not JSON.")
    if twice.key is None and _is_message(raw):
        return None
    parts = said if isinstance(said, dict) else {}
    if "method" not in parts and parts.keys() & {"result", "error"}:
        return ""
    why = "This is no JSON-RPC message of Unicode text."
    if twice.key is not None:
        why = f"An object of this message gives the key {quoted(twice.key)} twice and could mean either; give it once."
    number = parts.get("id")
    known = (isinstance(number, int) and not isinstance(number, bool)) or (isinstance(number, str) and number.isascii())
    return error(INVALID_REQUEST, why, number if known and "id" not in twice.last else None)


class _Twice:
    """Reads the objects of a text: a `key` that one of them gives twice, and all such of the `last`, the outermost."""

    def __init__(self) -> None:
        self.key: str | None = None
        self.last: set[str] = set()

    def __call__(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        members = dict(pairs)
        self.last = set()
        if len(members) != len(pairs):
            counted = Counter(key for key, _ in pairs)
            self.last = {key for key, times in counted.items() if times > 1}
            self.key = next(key for key in counted if key in self.last)
        return members


def _is_message(raw: bytes) -> bool:
    try:
        jsonrpc_message_adapter.validate_json(raw, by_name=False)
    except ValidationError:
        return False
    return True


def error(code: int, message: str, number: int | str | None = None) -> str:
    """An answer without a result, as text for the wire."""
    return compact({"jsonrpc": "2.0", "id": number, "error": {"code": code, "message": message}})
