"""Text that leaves the server: nothing invisible in it, and none that a pipe cannot carry."""

import json
import re
from typing import Any

# Control, format (bidi, zero-width, tags), surrogate, line and paragraph separators, and what else Unicode calls
# default-ignorable (fillers, joiners, variation selectors); a newline stays.
_HIDDEN = (
    r"\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5"
    r"\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufe00-\ufe0e\ufeff\uffa0\ufff0-\ufffb"
    r"\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
# One selector after a symbol only asks for the coloured picture, as keyboards write it: ❤️.
_PICTURES = (
    r"\xa9\xae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u27bf\u2934\u2935\u2b00-\u2bff\u3030\u303d\u3297\u3299"
    r"\U0001f000-\U0001faff"
)
_SUSPECT = re.compile(rf"[{_HIDDEN}]|(?<![{_PICTURES}])\ufe0f")


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
    return "\n" in text or _SUSPECT.search(text) is not None


def without_hidden(text: str) -> str:
    """The text without them."""
    return _SUSPECT.sub("", text).replace("\n", "")
