"""How much of something an answer may hold, since a model pays for each character."""

from collections.abc import Iterable
from typing import TypeVar

from pydantic import BaseModel

from productive_integrations.text import compact, scrubbed

ANSWER_BYTES = 27_000
"""For the rows of an answer, which goes out twice: as structured content, and as text with its marks escaped again."""
MAX_NAME = 500
"""Characters of a name in a row."""

_Item = TypeVar("_Item")


def shortened(name: str) -> str:
    """A name that leaves room for others."""
    return name if len(name) <= MAX_NAME else f"{name[:MAX_NAME]}…"


class Room:
    """Bytes left in an answer, which all its parts share."""

    def __init__(self, size: float = ANSWER_BYTES) -> None:
        self._left = size

    def takes(self, item: object) -> bool:
        """Put one more item in, or learn that it does not fit."""
        plain = item.model_dump(mode="json", exclude_none=True) if isinstance(item, BaseModel) else item
        text = compact(scrubbed(plain))
        size = (len(text.encode()) + len(compact(text).encode())) / 2
        if size > self._left:
            return False
        self._left -= size
        return True

    def fit(self, items: Iterable[_Item]) -> tuple[_Item, ...]:
        """As many of the items, from the first, as there is room for."""
        fitting = []
        for item in items:
            if not self.takes(item):
                break
            fitting.append(item)
        return tuple(fitting)
