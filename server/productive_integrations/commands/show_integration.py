import argparse
from argparse import ArgumentParser, Namespace

from productive_integrations.mappings.read import get_integration, get_mapping
from productive_integrations.mappings.services import Services
from productive_integrations.schemas.view import IntegrationView, MappingView
from productive_integrations.text import compact
from productive_integrations.validation.words import counted

from .base import DONE, PROGRAM, Command, again, record_id
from .report import show_findings
from .screen import Screen
from .words import findings_in_commands


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("id", type=record_id, metavar="ID")
    parser.add_argument(
        "--mapping",
        type=_not_blank,
        default=None,
        metavar="NAME",
        help="one mapping whole, such as account_code_mapping",
    )


def _not_blank(text: str) -> str:
    """A blank one, such as an empty variable of a shell, would ask for something else."""
    if not text.strip():
        raise argparse.ArgumentTypeError("it is blank; give the name of a mapping, or leave --mapping out")
    return text


async def run(services: Services, chosen: Namespace, screen: Screen) -> int:
    """Show one integration, or one of its mappings with every entry."""
    view = await get_integration(services, chosen.id, "all", chosen.mapping or "")
    view = view.model_copy(update={"findings": findings_in_commands(view.findings)})
    if chosen.mapping and _is_cut(view.mappings[chosen.mapping]):
        whole = await get_mapping(services, chosen.id, chosen.mapping)
        view = view.model_copy(update={"mappings": {chosen.mapping: whole}})
    if screen.as_json:
        screen.data(view)
        return DONE
    _show_head(view, screen)
    if chosen.mapping:
        _show_entries(view.mappings[chosen.mapping], screen)
    else:
        _show_counts(view, screen)
        screen.table(("setting", "value"), ((name, _plain(value)) for name, value in view.settings.items()))
    show_findings(view.findings, screen)
    if more := view.problems - len(view.findings):
        screen.line(f"and {counted(more, 'more finding')}: {PROGRAM} check {chosen.id}{again(chosen)}")
    return DONE


def _is_cut(mapping: MappingView) -> bool:
    return bool(mapping.omitted) or len(mapping.unmapped_names) < mapping.unmapped


def _show_head(view: IntegrationView, screen: Screen) -> None:
    screen.line(f"{view.name} ({view.type}, id {view.id}): {view.state}")
    facts = {
        "subsidiary": view.subsidiary,
        "project": view.project,
        "deal": view.deal,
        "connected": view.connected_at,
        "synced": view.last_synced_at,
    }
    if known := ", ".join(f"{what} {value}" for what, value in facts.items() if value):
        screen.line(known)


def _show_counts(view: IntegrationView, screen: Screen) -> None:
    screen.table(
        ("mapping", "entries", "unmapped", "default"),
        ((name, str(one.entries), str(one.unmapped), one.default) for name, one in view.mappings.items()),
    )


def _show_entries(mapping: MappingView, screen: Screen) -> None:
    screen.table(mapping.columns, mapping.rows)
    default = f"use the default {mapping.default}" if mapping.default else "have no default"
    if mapping.unmapped:
        screen.line(f"{mapping.unmapped} without an entry {default}: {', '.join(mapping.unmapped_names)}")


def _plain(value: object) -> str:
    return value if isinstance(value, str) else compact(value)


COMMAND = Command("show", "show an integration, its mappings, settings and findings", run, _arguments)
