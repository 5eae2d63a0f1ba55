from argparse import ArgumentParser, Namespace

from productive_integrations.errors import NotFound
from productive_integrations.mappings.check import check_integrations
from productive_integrations.mappings.read import Question
from productive_integrations.mappings.services import Services
from productive_integrations.schemas.view import CheckedIntegration, CheckResult
from productive_integrations.validation.words import counted

from .base import DONE, SAYS_NO, Command, record_id
from .list_integrations import every_row
from .report import show_findings
from .screen import Screen
from .words import findings_in_commands


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("id", type=record_id, metavar="ID", nargs="?", help="one integration; left out: all")


async def run(services: Services, chosen: Namespace, screen: Screen) -> int:
    """Put stored mappings to the rules. Status 3: one of them forbids, or asks about, what is stored."""
    result = await _checked(services, chosen.id, screen)
    if screen.as_json:
        screen.data(result)
    else:
        for one in result.integrations:
            screen.line(f"{one.name} ({one.type}, id {one.id})")
            show_findings(one.findings, screen)
        number = sum(len(one.findings) for one in result.integrations)
        checked = counted(result.checked, "integration")
        screen.line(f"{checked} checked, {counted(number, 'finding')} in {len(result.integrations)} of them")
        if result.omitted:
            screen.line(f"{result.omitted} more had no room; mend these first and check again.")
    return status_of(result)


def status_of(result: CheckResult) -> int:
    """Whether something was found that forbids or asks, or may be among what had no room."""
    severities = {finding.severity for one in result.integrations for finding in one.findings}
    return SAYS_NO if severities & {"block", "confirm"} or result.omitted else DONE


async def _checked(services: Services, integration_id: str | None, screen: Screen) -> CheckResult:
    """Each integration by itself, since one answer has no room for the findings of hundreds."""
    ids = [integration_id] if integration_id else [row.id for row in await every_row(services, Question())]
    found: list[CheckedIntegration] = []
    number = omitted = 0
    with screen.progress(len(ids)) as bar:

        async def report(_: int, name: str) -> None:
            bar.step(name)

        for one_id in ids:
            bar.done()
            try:
                checked = await check_integrations(services, one_id, report)
            except NotFound:
                if integration_id:
                    raise
                # It was taken away since the list was read.
                continue
            number += checked.checked
            found += checked.integrations
            omitted += checked.omitted
    said = tuple(one.model_copy(update={"findings": findings_in_commands(one.findings)}) for one in found)
    return CheckResult(checked=number, integrations=said, omitted=omitted)


COMMAND = Command("check", "find what is wrong in stored mappings", run, _arguments)
