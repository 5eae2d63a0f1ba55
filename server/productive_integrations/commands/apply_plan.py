import asyncio
from argparse import ArgumentParser, Namespace

from productive_integrations.callers import LOCAL
from productive_integrations.errors import InvalidArgument, StateError
from productive_integrations.mappings.apply import apply_plan, busy_about, own_plan, refuse_expired, used_up
from productive_integrations.mappings.arguments import check_accept
from productive_integrations.mappings.question import MAX_ROWS, question
from productive_integrations.mappings.results import rule_ids, said, unpassed
from productive_integrations.mappings.services import Services
from productive_integrations.mappings.update import approve
from productive_integrations.schemas.outcome import WriteResult
from productive_integrations.schemas.plan import Plan, StoredPlan

from .base import MAX_ID, Command, text_up_to
from .report import APPLIED, CHANGE_COLUMNS, change_cells, report
from .screen import Screen
from .settled import until_settled

_WAITS = "Nothing was sent; the plan waits."


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("plan", type=text_up_to(MAX_ID), metavar="PLAN", help="the id that plan or undo gave")
    parser.add_argument("--yes", action="store_true", help="apply without asking, for scripts")
    parser.add_argument(
        "--accept",
        action="append",
        default=[],
        metavar="RULE",
        help="with --yes: a rule that asks to be confirmed; repeatable",
    )


async def run(services: Services, chosen: Namespace, screen: Screen) -> int:
    """Apply a plan once, after the person at the terminal said yes."""
    accept = tuple(rule for given in chosen.accept for rule in given.replace(",", " ").split())
    check_accept(accept)
    stored = await own_plan(services, chosen.plan, LOCAL)
    if stored.status == "applying":
        # Another process is at it, or died at it: what it sent is settled before anybody decides anew.
        await until_settled(services, screen, services.patience.settle, stored.change_id)
        stored = await own_plan(services, chosen.plan, LOCAL)
    refuse_expired(services, stored)
    try:
        result = _earlier(stored) or await _decided(services, stored, accept, chosen, screen)
        if result.outcome == "unknown":
            result = await _known(services, stored, result, screen)
    except asyncio.CancelledError:
        screen.notice("Broken off. `changes` tells whether something was sent, and how it ended.")
        raise
    return report(result, screen, f"{stored.plan.edit.mapping} of {stored.plan.place}", APPLIED)


def _earlier(stored: StoredPlan) -> WriteResult | None:
    """The receipt of a plan that was carried out before, which does not say what is stored today."""
    receipt = used_up(stored)
    if receipt is None or receipt.outcome == "declined":
        return receipt
    now = "That was earlier: nothing was sent now, and `show` tells what is stored today."
    return said(receipt, next=now if receipt.outcome == "applied" else f"{receipt.next} {now}")


async def _decided(
    services: Services, stored: StoredPlan, accept: tuple[str, ...], chosen: Namespace, screen: Screen
) -> WriteResult:
    plan = stored.plan
    if stored.status == "applying":
        return busy_about(plan, services.patience.lease)
    if not _goes_unasked(services, chosen, screen):
        return await _answered(services, plan, screen)
    result = await apply_plan(services, plan.id, LOCAL, "called", accept)
    if result.outcome == "blocked" and result.plan_id:
        rules = rule_ids(unpassed(result.findings, ()))
        flag = f"--accept {rules.replace(', ', ',')}"
        return said(result, next=f"Nothing was sent. Whoever agrees to {rules} says so with {flag}")
    return result


async def _answered(services: Services, plan: Plan, screen: Screen) -> WriteResult:
    if len(plan.shown.changes) > MAX_ROWS:
        screen.table_beside(CHANGE_COLUMNS, change_cells(plan.shown))
    try:
        yes = screen.ask(question(plan) + "\nApply?")
    except KeyboardInterrupt:
        screen.notice(_WAITS)
        raise
    if yes is None:
        return said(plan.shown, outcome="approval_required", plan_id=plan.id, next=_WAITS)
    return await approve(services, plan, yes=yes)


async def _known(services: Services, stored: StoredPlan, result: WriteResult, screen: Screen) -> WriteResult:
    """The end of a write whose answer got lost, or that it is not known, whatever becomes of the state store."""
    try:
        if await until_settled(services, screen, services.patience.settle, result.change_id):
            return used_up(await own_plan(services, stored.plan.id, LOCAL)) or result
    except StateError as error:
        screen.notice(str(error))
    return result


def _goes_unasked(services: Services, chosen: Namespace, screen: Screen) -> bool:
    """Whether nobody is to be asked. Raises InvalidArgument where somebody has to be and cannot."""
    if services.approval == "human" and (chosen.yes or not screen.can_ask):
        raise InvalidArgument(
            "apply",
            "with PRODUCTIVE_APPROVAL=human only a person's answer at a terminal applies a plan, and --yes is none.",
        )
    if not (chosen.yes or services.approval == "none" or screen.can_ask):
        raise InvalidArgument("apply", "there is no terminal to ask at; give --yes to apply without asking.")
    return chosen.yes or services.approval == "none"


COMMAND = Command("apply", "apply a plan, after a yes at the terminal", run, _arguments, edits=True, on_demo=False)
