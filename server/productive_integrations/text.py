"""Text that leaves the server: nothing invisible in it, and none that a pipe cannot carry."""

import json
import re
import unicodedata
from typing import Any

# Control, format (bidi, zero-width, tags), surrogate, line and paragraph separators; a newline stays.
_SUSPECT = re.compile(
    r"[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f\u2028-\u202e"
    r"\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3"
    r"\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)


def visible(text: str) -> str:
    r"""Show characters that cannot be seen as `\u{…}`."""
    return _SUSPECT.sub(lambda match: f"\\u{{{ord(match.group()):x}}}", text)


def scrubbed(value: Any) -> Any:
    """The same JSON with every string and key made visible."""
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, dict):
        return {visible(str(key)): scrubbed(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [scrubbed(item) for item in value]
    return value


def quoted(text: str, limit: int = 80) -> str:
    """Somebody's words inside a sentence of ours: cut, made visible and in quotation marks."""
    short = text if len(text) <= limit else text[: limit - 1] + "…"
    return visible(json.dumps(short, ensure_ascii=False))


def compact(value: Any) -> str:
    """JSON without spaces, for a model that pays by the token."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def hidden_characters(text: str) -> bool:
    """Whether the text holds characters that cannot be seen or cannot be stored safely."""
    return any(unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for char in text)
