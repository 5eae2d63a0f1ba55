import pytest

from productive_integrations.commands import in_commands


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        (
            "Look at it with get_integration, then plan the edit again.",
            "Look at it with `show`, then plan the edit again.",
        ),
        ("choose another one (`list_integrations`).", "choose another one (`list`)."),
        ("accept: it may name ids of rules.", "--accept: it may name ids of rules."),
        (
            "plan_id: this plan has expired. Call update_mapping again.",
            "PLAN: this plan has expired. Call `plan` again.",
        ),
        ('The service type 7 "update_mapping \\"now\\" default: x" is archived.', None),
        ("Set the default: it covers the rest.", None),
    ],
)
def test_tools_and_fields_become_commands_and_arguments_and_words_of_others_stay(
    sentence: str, said: str | None
) -> None:
    assert in_commands(sentence) == (sentence if said is None else said)
