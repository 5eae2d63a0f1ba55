from argparse import ArgumentParser, Namespace

from productive_integrations.callers import LOCAL
from productive_integrations.errors import InvalidArgument
from productive_integrations.mappings.results import described, rule_ids, said, unpassed
from productive_integrations.mappings.services import Services
from productive_integrations.mappings.update import Prepared, prepare
from productive_integrations.schemas.edit import MAX_ENTRIES, MAX_VALUE, Edit
from productive_integrations.schemas.outcome import Difference, PlanResult, WriteResult
from productive_integrations.text import quoted
from productive_integrations.validation import Proposal
from productive_integrations.validation.words import counted

from .base import PROGRAM, Command, record_id, text_up_to
from .files import MAX_KEY, read_rows
from .merge import Wanted, left_out, names_alone, wanted
from .report import report
from .screen import Screen
from .stored import mapping_now

MAX_REASON = 500
"""Characters."""


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("id", type=record_id, metavar="ID")
    parser.add_argument("mapping", metavar="MAPPING", help="such as account_code_mapping")
    parser.add_argument(
        "file", metavar="FILE", help="CSV or JSON with key and value, as export writes it; - for a pipe"
    )
    key, value, reason = text_up_to(MAX_KEY), text_up_to(MAX_VALUE), text_up_to(MAX_REASON)
    parser.add_argument(
        "--remove", type=key, action="append", default=[], metavar="KEY", help="unmap this key, too; repeatable"
    )
    parser.add_argument("--default", type=value, metavar="VALUE", help="new value for unmapped keys")
    parser.add_argument("--reason", type=reason, metavar="TEXT", help="kept with the change")


async def run(services: Services, chosen: Namespace, screen: Screen) -> int:
    """Work out what a file comes to, and keep it as a plan."""
    rows = read_rows(chosen.file)
    if (number := sum(row.is_edit for row in rows) + len(chosen.remove)) > MAX_ENTRIES:
        raise InvalidArgument("FILE", f"it changes {number} entries, and a plan {MAX_ENTRIES} at most; split it.")
    now = await mapping_now(services, chosen.id, chosen.mapping)
    asked = wanted(rows, chosen.remove, now)
    if number := left_out(rows, now):
        screen.notice(f"{counted(number, 'entry')} without a row in the file left alone; --remove KEY unmaps one.")
    if number := names_alone(rows, now):
        screen.notice(f"{counted(number, 'row')} with another value_name: it is not read, a new one goes into value.")
    about = _about(now)
    if differences := tuple(asked.differences):
        return report(_conflict(described(now), differences), screen, about)
    if not asked.set and not asked.remove and chosen.default is None:
        nothing = "The mapping is as the file wants it; nothing was sent."
        return report(said(described(now), outcome="unchanged", next=nothing), screen, about)
    prepared = await prepare(services, _edit(chosen, asked), LOCAL, ())
    moved_on = asked.moved_on(prepared.result)
    return await offer(services, prepared, screen, about, demo=chosen.demo, moved_on=moved_on)


def _about(now: Proposal) -> str:
    """Which mapping of which integration it is."""
    integration = now.integration
    return f"{now.mapping} of {quoted(integration.name)} ({integration.type_title}, id {integration.id})"


def _conflict(result: WriteResult, differences: tuple[Difference, ...]) -> WriteResult:
    number = counted(len(differences), "entry")
    text = f"{number} not as the file says; nothing was sent. Export the mapping again and make the edit in that file."
    return said(result, outcome="conflict", plan_id=None, differences=differences, next=text)


def _edit(chosen: Namespace, asked: Wanted) -> Edit:
    return Edit(
        integration_id=chosen.id,
        mapping=chosen.mapping,
        set=asked.set,
        remove=tuple(asked.remove),
        default=chosen.default,
        reason=chosen.reason,
    )


async def offer(
    services: Services,
    prepared: Prepared,
    screen: Screen,
    about: str = "",
    *,
    demo: bool = False,
    moved_on: tuple[Difference, ...] = (),
) -> int:
    """Show a plan and how it is applied, or the end that came before one."""
    result, plan = prepared.result, prepared.plan
    if plan is None:
        return report(result, screen, about)
    if moved_on:
        await services.store.decline(plan.id)
        result = _conflict(result, moved_on)
    elif demo:
        result = said(result, plan_id=None, next="Nothing was sent, and the demo forgets this plan as it ends.")
    else:
        result = said(
            result,
            next=f"Nothing was sent yet. Within ten minutes: {PROGRAM} apply {plan.id}{_flags(services, result)}",
        )
    return report(result, screen, f"{plan.edit.mapping} of {plan.place}")


def _flags(services: Services, result: PlanResult) -> str:
    """What a script has to add where a rule asks, if it may apply a plan at all."""
    if services.approval == "human":
        return ""
    rules = rule_ids(unpassed(result.findings, ())).replace(", ", ",")
    return f" (without a terminal: --yes --accept {rules})" if rules else ""


COMMAND = Command("plan", "check what a file would change, and keep it as a plan", run, _arguments, edits=True)
