"""What every command is made of: arguments, statuses, and how it is run."""

import argparse
import re
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from productive_integrations.mappings.services import Services

from .screen import Screen

PROGRAM = "productive-integrations-mcp"
DONE = 0
SAYS_NO = 3
"""It was carried out, and the answer is no: an edit is not stored, a check found something."""
NOT_KNOWN = 4
"""An edit was sent, and may be stored."""

Run = Callable[[Services, Namespace, Screen], Coroutine[Any, Any, int]]
MAX_ID = 80
"""Characters of a plan's or change's id."""
_ID = re.compile(r"[1-9][0-9]{0,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Command:
    """A command: `run` gives the status to end with.

    `edits` makes it refuse in read-only mode. `on_demo` is false where nothing can be there that a demo had forgotten.
    """

    name: str
    does: str
    run: Run
    arguments: Callable[[ArgumentParser], None]
    edits: bool = False
    on_demo: bool = True


def again(chosen: Namespace) -> str:
    """What a command that is recommended needs to reach the same organization."""
    return " --demo" if chosen.demo else ""


def record_id(text: str) -> str:
    """An id of Productive."""
    if not _ID.fullmatch(text):
        raise argparse.ArgumentTypeError("an id is a number, such as 74211")
    return text


def at_least_one(text: str) -> int:
    """A number of rows."""
    number = int(text) if text.isascii() and text.isdigit() else 0
    if number < 1:
        raise argparse.ArgumentTypeError("it must be a number from 1 on")
    return number


def text_up_to(limit: int) -> Callable[[str], str]:
    """Unicode text of so many characters."""

    def text(given: str) -> str:
        if len(given) > limit or not is_unicode(given):
            raise argparse.ArgumentTypeError(f"it must be text of up to {limit} characters")
        return given

    return text


def is_unicode(text: str) -> bool:
    """Whether it can be sent and kept: half a surrogate pair cannot."""
    return not any("\ud800" <= character <= "\udfff" for character in text)
