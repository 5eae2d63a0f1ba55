from argparse import ArgumentParser, Namespace

from productive_integrations.mappings.changes import get_change
from productive_integrations.mappings.changes import list_changes as list_them
from productive_integrations.mappings.services import Services
from productive_integrations.schemas.view import ChangedEntry, ChangeList, ListedChange

from .base import DONE, Command, at_least_one, record_id
from .report import NONE
from .screen import Cell, Screen
from .settled import until_settled

_PAGE = 100
_FIRST_ENTRIES = 3


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--integration", type=record_id, metavar="ID", help="of this integration alone")
    parser.add_argument("--limit", type=at_least_one, default=20, metavar="N", help="the newest %(default)s")


async def run(services: Services, chosen: Namespace, screen: Screen) -> int:
    """List the changes made through this server, unclear ones once they are settled."""
    await until_settled(services, screen, services.wait)
    found = await _changes(services, chosen.integration or "", chosen.limit)
    if screen.as_json:
        screen.data(ChangeList(changes=found))
        return DONE
    columns = ("change", "at", "what", "outcome")
    screen.table(columns, (_cells(one) for one in found))
    if not found:
        screen.line("no changes")
    return DONE


async def _changes(services: Services, integration_id: str, limit: int) -> tuple[ListedChange, ...]:
    found: list[ListedChange] = []
    cursor: str | None = ""
    while cursor is not None and len(found) < limit:
        page = await list_them(services, integration_id, min(_PAGE, limit - len(found)), cursor)
        found += [await get_change(services, one.change_id) if one.omitted else one for one in page.changes]
        cursor = page.next_cursor
    return tuple(found)


def _called(entry: ChangedEntry) -> str:
    return f"{entry.key} {entry.key_name}" if entry.key_name else entry.key


def _cells(one: ListedChange) -> tuple[Cell, ...]:
    entries = [
        f"{_called(entry)}: {NONE if entry.before is None else entry.before} → "
        f"{NONE if entry.after is None else entry.after}"
        for entry in one.entries[:_FIRST_ENTRIES]
    ]
    if left := len(one.entries) - len(entries):
        entries.append(f"and {left} more")
    reason = [f"reason: {one.reason}"] if one.reason else []
    what = (f"{one.mapping} of {one.integration_id}", *entries, f"by {one.by}", *reason)
    return one.change_id, one.at, what, one.outcome


COMMAND = Command("changes", "list the changes made through this server", run, _arguments, on_demo=False)
