from argparse import ArgumentParser, Namespace

from productive_integrations.callers import LOCAL
from productive_integrations.mappings.changes import get_change
from productive_integrations.mappings.services import Services
from productive_integrations.mappings.undo import undo_change

from .base import MAX_ID, Command, text_up_to
from .plan_mapping import offer
from .screen import Screen


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("change", type=text_up_to(MAX_ID), metavar="CHANGE", help="the id that apply or changes gave")


async def run(services: Services, chosen: Namespace, screen: Screen) -> int:
    """Work out what takes a change back, and keep it as a plan."""
    prepared = await undo_change(services, chosen.change, LOCAL, ())
    change = await get_change(services, chosen.change)
    return await offer(services, prepared, screen, f"{change.mapping} of integration {change.integration_id}")


COMMAND = Command("undo", "plan to take a change back", run, _arguments, edits=True, on_demo=False)
