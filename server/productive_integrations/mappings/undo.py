"""A change taken back, as a new plan through the same gate."""

from dataclasses import replace

from productive_integrations.errors import InvalidArgument, NotFound
from productive_integrations.schemas.edit import MAX_VALUE, Change, Edit
from productive_integrations.schemas.journal import Intent
from productive_integrations.text import quoted

from .arguments import check_accept
from .fresh import read_fresh
from .look import surroundings_of
from .plan import asked_again, rebased
from .resolve import as_text
from .results import described, manual_steps, not_as_planned, said
from .services import Services
from .update import Prepared, plan_proposal


async def undo_change(services: Services, change_id: str, caller: str, accept: tuple[str, ...]) -> Prepared:
    """A plan that gives the entries of a change back what they had before.

    When one of them was changed again since, the result is a conflict that shows it. Raises NotFound for a change that
    is not in this organization's journal or was not stored.
    """
    check_accept(accept)
    recorded = await services.store.change(services.organization_id, change_id)
    if recorded is None or recorded.ending is None or recorded.ending.outcome != "applied":
        raise NotFound("change_id: no applied change has this id; list_changes shows those that can be undone.")
    intent = recorded.intent
    _refuse_what_no_edit_can_say(intent)
    surroundings = await surroundings_of(services, intent.mapping)
    integration = await read_fresh(services, intent.integration_id)
    now = surroundings.proposal(integration, intent.mapping)
    back, differences = rebased(now, _reversed(intent.change))
    proposal = replace(now, change=back, asked=asked_again(back))
    if differences:
        text = not_as_planned(differences)
        return Prepared(said(described(proposal), outcome="conflict", differences=differences, next=text))
    prepared = await plan_proposal(services, _in_words(intent), proposal, caller, accept)
    if prepared.result.outcome != "blocked":
        return prepared
    text = f"{prepared.result.next} To have it back as it was all the same, a person follows manual_steps."
    return Prepared(said(prepared.result, manual_steps=manual_steps(proposal), next=text))


def _refuse_what_no_edit_can_say(intent: Intent) -> None:
    for entry in intent.change.entries:
        text = as_text(entry.before)
        was_null = entry.before is None and entry.key in intent.base
        if was_null or (text and len(text) > MAX_VALUE):
            what = "null" if was_null else f"a value of more than {MAX_VALUE} characters"
            raise InvalidArgument(
                "change_id",
                f"entry {quoted(entry.key)} held {what} before, which no edit here can write; to have it back, set it "
                "in Productive's settings.",
            )


def _reversed(change: Change) -> Change:
    entries = tuple(
        entry.model_copy(update={"before": entry.after, "after": entry.before, "after_name": None})
        for entry in change.entries
    )
    default = change.default
    back = default and default.model_copy(update={"before": default.after, "after": default.before})
    return Change(entries=entries, default=back)


def _in_words(intent: Intent) -> Edit:
    entries = intent.change.entries
    return Edit(
        integration_id=intent.integration_id,
        mapping=intent.mapping,
        set={entry.key: text for entry in entries if (text := as_text(entry.before)) is not None},
        remove=tuple(entry.key for entry in entries if entry.before is None),
        default=as_text(intent.change.default.before) if intent.change.default else None,
        reason=f"undo of {intent.change_id}",
    )
