from collections.abc import Iterable

from productive_integrations.schemas.finding import Finding

from . import change, direction, form, place, references
from .proposal import Asked, Proposal
from .registry import Problem, Rule

RULES: tuple[Rule, ...] = (
    place.other_type,
    place.dead_integration,
    place.never_connected,
    form.wrong_form,
    form.unusual_form,
    form.blank_text,
    form.hidden_text,
    direction.contradicted_direction,
    direction.unproven_direction,
    direction.not_a_flat_hash,
    references.unknown_record,
    references.ambiguous_name,
    references.archived_record,
    references.foreign_tax_rate,
    change.same_key_twice,
    change.uncovered_tax_rate,
    change.uncaught_removal,
    change.changed_default,
    change.emptied_mapping,
    change.changed_parent,
)
"""Every rule, ordered by id. A new one is a function and a line here."""


def judge(proposal: Proposal, rules: Iterable[Rule] = RULES) -> tuple[Finding, ...]:
    """What all rules find, in the order of the rules."""
    return tuple(finding for rule in rules for finding in rule.findings(proposal))


__all__ = ["RULES", "Asked", "Finding", "Problem", "Proposal", "Rule", "judge"]
