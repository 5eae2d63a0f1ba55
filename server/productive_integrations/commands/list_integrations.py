import argparse
from argparse import ArgumentParser, Namespace

from productive_integrations.mappings.read import Question
from productive_integrations.mappings.read import list_integrations as list_them
from productive_integrations.mappings.services import Services
from productive_integrations.providers import type_named
from productive_integrations.schemas.view import IntegrationList, IntegrationRow
from productive_integrations.validation.words import counted

from .base import DONE, Command, record_id, text_up_to
from .screen import Cell, Screen

_PAGE = 200
_NAME = 200
"""Characters of a name, as for the tool."""
_FILTERS = {
    "integration_type_id": "type",
    "subsidiary_id": "subsidiary",
    "project_id": "project",
    "project_status": "project_status",
    "deal_id": "deal",
    "jira_organization": "jira_organization",
    "jira_project": "jira_project",
}
"""Filters of the API, and the arguments that give them."""


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--type", type=_type_number, help="integration type: number or name")
    parser.add_argument("--state", choices=["any", "active", "inactive"], default="any", help="%(default)s")
    parser.add_argument("--subsidiary", type=record_id, metavar="ID")
    parser.add_argument("--project", type=record_id, metavar="ID")
    parser.add_argument("--project-status", choices=["1", "2"], help="1 active, 2 archived")
    parser.add_argument("--deal", type=record_id, metavar="ID")
    parser.add_argument("--jira-organization", type=text_up_to(_NAME), metavar="NAME")
    parser.add_argument("--jira-project", type=text_up_to(_NAME), metavar="NAME")
    parser.add_argument("--query", type=text_up_to(_NAME), default="", metavar="TEXT", help="part of a name or type")
    parser.add_argument(
        "--sort",
        choices=["id", "-id", "created_at", "-created_at"],
        default="id",
        metavar="ORDER",
        help="%(choices)s; written --sort=-id",
    )


def _type_number(text: str) -> str:
    provider = type_named(text)
    if provider is None:
        raise argparse.ArgumentTypeError("no integration type has this number or name; try xero or 3")
    return str(provider.type_id)


async def run(services: Services, chosen: Namespace, screen: Screen) -> int:
    """List every integration that is asked for."""
    filters = tuple((name, value) for name, argument in _FILTERS.items() if (value := getattr(chosen, argument)))
    question = Question(filters, chosen.state, chosen.query, chosen.sort)
    rows = await every_row(services, question)
    if screen.as_json:
        screen.data(IntegrationList(integrations=rows))
        return DONE
    columns = ("id", "type", "name", "state", "subsidiary", "entries")
    screen.table(columns, (_cells(row) for row in rows))
    screen.line(counted(len(rows), "integration"))
    return DONE


async def every_row(services: Services, question: Question) -> tuple[IntegrationRow, ...]:
    """The rows of all pages."""
    rows: tuple[IntegrationRow, ...] = ()
    cursor: str | None = ""
    while cursor is not None:
        page = await list_them(services, question, _PAGE, cursor)
        rows, cursor = (*rows, *page.integrations), page.next_cursor
    return rows


def _cells(row: IntegrationRow) -> tuple[Cell, ...]:
    entries = tuple(f"{name} {count}" for name, count in row.entries.items())
    return row.id, row.type, row.name, row.state, row.subsidiary, entries


COMMAND = Command("list", "list the organization's integrations", run, _arguments)
