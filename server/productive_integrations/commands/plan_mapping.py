from argparse import ArgumentParser, Namespace
from collections.abc import Iterable

from productive_integrations.callers import LOCAL
from productive_integrations.errors import InvalidArgument
from productive_integrations.mappings.results import not_as_planned, nothing_done, said
from productive_integrations.mappings.services import Services
from productive_integrations.mappings.update import Prepared, prepare
from productive_integrations.schemas.edit import Edit
from productive_integrations.schemas.outcome import Difference, PlanResult

from .base import PROGRAM, Command, record_id
from .files import FileRow, read_rows
from .report import report
from .screen import Screen

MAX_REASON = 500
"""Characters."""
ALREADY = Prepared(nothing_done("unchanged", "The mapping is as the file wants it already, so nothing was sent."))


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("id", type=record_id, metavar="ID")
    parser.add_argument("mapping", metavar="MAPPING", help="such as account_code_mapping")
    parser.add_argument(
        "file", metavar="FILE", help="CSV or JSON with key and value, as export writes it; - for a pipe"
    )
    parser.add_argument("--remove", action="append", default=[], metavar="KEY", help="unmap this key, too; repeatable")
    parser.add_argument("--default", metavar="VALUE", help="new value for unmapped keys")
    parser.add_argument("--reason", metavar="TEXT", help="kept with the change")


async def run(services: Services, chosen: Namespace, screen: Screen) -> int:
    """Work out what a file comes to, and keep it as a plan."""
    if len(chosen.reason or "") > MAX_REASON:
        raise InvalidArgument("--reason", f"at most {MAX_REASON} characters.")
    rows = [row for row in read_rows(chosen.file) if row.is_edit]
    if not _asks(chosen, rows):
        return report(nothing_done("unchanged", "No value in the file differs from what it was."), screen)
    prepared = await prepare(services, _edit(chosen, rows), LOCAL, ())
    if done := {one.key for one in prepared.result.differences if one.now == one.wanted}:
        # What is as wanted already is no conflict: the same file may be given twice.
        rows = [row for row in rows if row.key not in done]
        prepared = await prepare(services, _edit(chosen, rows), LOCAL, ()) if _asks(chosen, rows) else ALREADY
    return await offer(services, prepared, screen, demo=chosen.demo, filled_since=_filled_since(prepared.result, rows))


def _asks(chosen: Namespace, rows: Iterable[FileRow]) -> bool:
    return bool(list(rows) or chosen.remove or chosen.default is not None)


async def offer(
    services: Services,
    prepared: Prepared,
    screen: Screen,
    *,
    demo: bool = False,
    filled_since: tuple[Difference, ...] = (),
) -> int:
    """Show a plan and how it is applied, or the end that came before one."""
    result, plan = prepared.result, prepared.plan
    if plan is None:
        return report(result, screen)
    if filled_since:
        await services.store.decline(plan.id)
        text = not_as_planned(filled_since)
        result = said(result, outcome="conflict", plan_id=None, differences=filled_since, next=text)
    elif demo:
        result = said(result, plan_id=None, next="Nothing was sent, and the demo forgets this plan as it ends.")
    else:
        result = said(result, next=f"Nothing was sent yet. Within ten minutes: {PROGRAM} apply {plan.id}")
    return report(result, screen, f"{plan.edit.mapping} of {plan.place}")


def _edit(chosen: Namespace, rows: Iterable[FileRow]) -> Edit:
    wanted: dict[str, str] = {}
    remove: list[str] = list(chosen.remove)
    expect: dict[str, str] = {}
    for row in rows:
        if row.was:
            expect[row.key] = row.was
        if row.value:
            wanted[row.key] = row.value
        else:
            remove.append(row.key)
    return Edit(
        integration_id=chosen.id,
        mapping=chosen.mapping,
        set=wanted,
        remove=tuple(remove),
        expect=expect,
        default=chosen.default,
        reason=chosen.reason,
    )


def _filled_since(result: PlanResult, rows: Iterable[FileRow]) -> tuple[Difference, ...]:
    """Entries that had no value when the file was made and have one now, which an edit cannot expect in words."""
    were_empty = {row.key for row in rows if row.tells_before and not row.was}
    return tuple(
        Difference(key=row.key, now=row.before, wanted=row.after)
        for row in result.changes
        if row.before and were_empty & {row.key, row.key_name}
    )


COMMAND = Command("plan", "check what a file would change, and keep it as a plan", run, _arguments, edits=True)
