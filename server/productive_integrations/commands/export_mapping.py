from argparse import ArgumentParser, Namespace

from productive_integrations.mappings.plan import name_of
from productive_integrations.mappings.resolve import Lists, as_text
from productive_integrations.mappings.services import Services
from productive_integrations.text import visible
from productive_integrations.validation import Proposal
from productive_integrations.validation.words import counted

from .base import DONE, PROGRAM, Command, again, record_id
from .files import FileRow, as_csv, as_json, write_new
from .screen import Screen
from .stored import mapping_now


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("id", type=record_id, metavar="ID")
    parser.add_argument("mapping", metavar="MAPPING", help="such as account_code_mapping")
    parser.add_argument("-o", "--output", metavar="FILE", help="a new file, instead of standard output")


async def run(services: Services, chosen: Namespace, screen: Screen) -> int:
    """Write a mapping with every entry, and with every record that has none, as a file to edit."""
    rows = _rows(await mapping_now(services, chosen.id, chosen.mapping))
    text = screen.document(as_json(rows)) if screen.as_json else as_csv(rows)
    if chosen.output is None:
        screen.write(text)
        return DONE
    # A spreadsheet takes a CSV file for UTF-8 only when it begins with a byte order mark.
    write_new(chosen.output, text, "utf-8" if screen.as_json else "utf-8-sig")
    then = f"{PROGRAM} plan {chosen.id} {chosen.mapping} FILE{again(chosen)}"
    screen.notice(f"{counted(len(rows), 'row')}. Change values, then see what it comes to: {then}")
    return DONE


def _rows(now: Proposal) -> list[FileRow]:
    facts, lists, rows = now.facts, Lists(now.directory, now.chart), []
    for key, stored in now.before.items():
        value = as_text(stored)
        names = (name_of(key, facts.key, lists), name_of(value, facts.value, lists)) if facts else ()
        rows.append(_row(key, value, *names))
    return rows + [_row(entry.id, None, entry.name) for entry in now.unmapped]


def _row(key: str, value: str | None, name: str | None = None, value_name: str | None = None) -> FileRow:
    shown = [text and visible(text) for text in (key, name, value, value_name)]
    return FileRow(key=shown[0] or "", name=shown[1], value=shown[2], value_name=shown[3], was=shown[2])


COMMAND = Command("export", "write a mapping as CSV, to edit and give to plan", run, _arguments)
