"""What is no message is refused before the SDK sees it: it would leave it unanswered or answer with its own insides."""

import json

from mcp.types import INVALID_REQUEST, PARSE_ERROR, jsonrpc_message_adapter
from pydantic import ValidationError

from productive_integrations.text import compact


def refusal(raw: bytes) -> str | None:
    """What to answer to bytes that are no message, with their id where it can be told. None for a message.

    Empty for a blank line, and for what may be an answer: refusing it could be taken for an answer itself.
    """
    if not raw.strip():
        return ""
    try:
        jsonrpc_message_adapter.validate_json(raw, by_name=False)
    except ValidationError:
        pass
    else:
        return None
    try:
        said = json.loads(raw.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return error(PARSE_ERROR, "This is not JSON.")
    parts = said if isinstance(said, dict) else {}
    if "method" not in parts and parts.keys() & {"result", "error"}:
        return ""
    number = parts.get("id")
    known = (isinstance(number, int) and not isinstance(number, bool)) or (isinstance(number, str) and number.isascii())
    return error(INVALID_REQUEST, "This is no JSON-RPC message of Unicode text.", number if known else None)


def error(code: int, message: str, number: int | str | None = None) -> str:
    """An answer without a result, as text for the wire."""
    return compact({"jsonrpc": "2.0", "id": number, "error": {"code": code, "message": message}})
