from collections.abc import Iterable

from productive_integrations.schemas.finding import Finding

from . import change, chart, completeness, consistency, direction, fields, form, place, references, stages
from .proposal import Asked, Proposal
from .registry import Problem, Rule

RULES: tuple[Rule, ...] = (
    place.other_type,
    place.dead_integration,
    place.never_connected,
    place.lost_parent,
    form.wrong_form,
    form.unusual_form,
    form.blank_text,
    form.hidden_text,
    form.look_alike,
    form.mixed_forms,
    direction.contradicted_direction,
    direction.unproven_direction,
    direction.not_a_flat_hash,
    direction.other_keys,
    references.unknown_record,
    references.ambiguous_name,
    references.archived_record,
    references.foreign_tax_rate,
    references.stale_entries,
    stages.lost_becomes_won,
    fields.foreign_field,
    fields.private_field,
    stages.stage_outside_pipelines,
    fields.own_field,
    completeness.uncovered_tax_rate,
    completeness.uncaught_removal,
    completeness.changed_default,
    completeness.missing_default,
    completeness.unmapped_tax_rate,
    completeness.missing_category,
    chart.not_in_chart,
    chart.wrong_kind,
    consistency.new_value,
    chart.inactive_code,
    chart.wrong_class,
    consistency.shared_tax_code,
    consistency.other_spelling,
    consistency.overridden_field,
    chart.tax_against_account,
    chart.percent_differs,
    consistency.used_as_other_kind,
    change.same_key_twice,
    change.emptied_mapping,
    change.changed_parent,
    change.many_removals,
    change.final_posting,
    change.manual_ledgers,
    change.twin_integrations,
    change.unmatched_key,
    change.nothing_to_remove,
)
"""Every rule, ordered by id. A new one is a function and a line here."""


def judge(proposal: Proposal, rules: Iterable[Rule] = RULES) -> tuple[Finding, ...]:
    """What all rules find, in the order of the rules."""
    return tuple(finding for rule in rules for finding in rule.findings(proposal))


__all__ = ["RULES", "Asked", "Finding", "Problem", "Proposal", "Rule", "judge"]
