import pytest
from pydantic import ValidationError

from productive_integrations.providers import ListFilters


def test_filters_keep_what_they_were_given() -> None:
    filters = ListFilters(subsidiary_id="12", integration_type_id=3, created_at="descending")

    assert filters.model_dump(exclude_none=True) == {
        "subsidiary_id": "12",
        "integration_type_id": 3,
        "created_at": "descending",
    }


@pytest.mark.parametrize(
    "values",
    [
        {"deal_id": 12},
        {"deal_id": "../people"},
        {"project_id": "0"},
        {"subsidiary_id": "12\n"},
        {"subsidiary_id": "\u0663"},
        {"project_status": "1"},
        {"integration_type_id": 0},
        {"created_at": "sideways"},
        {"person_id": "1"},
    ],
)
def test_filters_are_strict(values: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ListFilters.model_validate(values)


def test_filters_do_not_change() -> None:
    filters = ListFilters()
    name = "project_status"

    with pytest.raises(ValidationError):
        setattr(filters, name, 1)
