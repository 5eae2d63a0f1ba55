"""The rules' documentation, made from their docstrings."""

import re
from collections.abc import Iterable

from .registry import Rule

_EXAMPLE = re.compile(r"^(Bad|Good): (\{.*\})$", re.MULTILINE)


def rule_page(rule: Rule) -> str:
    """One rule as Markdown: what it says, why, an edit that it finds and one that passes, the source."""
    text = re.sub(r"\n {4}", " ", rule.page)
    text = _EXAMPLE.sub(lambda example: f"- {example[1].lower()}: `{example[2]}`", text)
    text = re.sub(r"^Source: ", "\nSource: ", text, flags=re.MULTILINE)
    return f"## {rule.id} {rule.name}\n\n*{rule.severity}*\n\n{text}\n"


def rules_page(rules: Iterable[Rule]) -> str:
    """All rules as one Markdown document, with a table in front."""
    every = tuple(rules)
    rows = "\n".join(
        f"| [{rule.id}](#{_anchor(rule)}) | {rule.name} | {rule.severity} | {rule.summary} |" for rule in every
    )
    return (
        "<!-- Made from the rules' docstrings by scripts/docs; change those. -->\n\n"
        "# Rules\n\n"
        "An edit is judged by all rules before anything is sent, and `check_integration` judges what is stored. "
        "`block` forbids an edit. `confirm` needs a person's yes, or the rule's id in `accept` after it was reported "
        "for this edit. `inform` is only said.\n\n"
        "The examples are edits of a small organization: service types 11 Design, 12 Development, 13 Print design "
        "(archived), 14 Strategy, 15 and 16 Support; tax rates 21 (20 %) and 22 (5 %) of its own subsidiary and 29 of "
        "another; an integration with Xero whose `account_code_mapping` is in use.\n\n"
        "Sources such as `mapping-domain.md` are research notes that the project keeps outside this repository.\n\n"
        f"| rule | name | severity | what it says |\n|---|---|---|---|\n{rows}\n\n"
        + "\n".join(rule_page(rule) for rule in every)
    )


def _anchor(rule: Rule) -> str:
    return f"{rule.id.lower()}-{rule.name}"
