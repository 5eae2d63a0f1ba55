from typing import Any

import httpx
import pytest

from productive_integrations.sandbox import Sandbox


def ids(response: httpx.Response) -> list[str]:
    assert response.status_code == 200, response.text
    return [record["id"] for record in response.json()["data"]]


def error(response: httpx.Response) -> dict[str, Any]:
    assert response.status_code == 400
    entry: dict[str, Any] = response.json()["errors"][0]
    return entry


def test_a_page_has_thirty_records_unless_asked(api: httpx.Client) -> None:
    response = api.get("integrations")
    assert len(ids(response)) == 30
    assert response.json()["meta"] == {
        "current_page": 1,
        "total_pages": 2,
        "total_count": 36,
        "page_size": 30,
        "max_page_size": 200,
    }


def test_a_page_size_over_two_hundred_is_cut_without_a_word(sandbox: Sandbox, api: httpx.Client) -> None:
    for number in range(170):
        sandbox.add("service_types", name=f"Extra {number:03}")
    response = api.get("service_types", params={"page[size]": "5000"})
    assert len(ids(response)) == 200
    assert response.json()["meta"]["page_size"] == 200


def test_links_lead_through_all_pages_and_keep_the_question(api: httpx.Client) -> None:
    found: list[str] = []
    url = str(api.base_url) + "integrations?sort=-id&page[size]=10"
    while url:
        response = api.get(url)
        found += ids(response)
        links = response.json()["links"]
        assert {"first", "last"} <= links.keys()
        url = links.get("next", "")
    assert found == sorted(found, key=int, reverse=True)
    assert len(found) == 36


def test_cursors_lead_through_all_pages(api: httpx.Client) -> None:
    found: list[str] = []
    url = str(api.base_url) + "integrations?page[after]=&page[size]=15"
    while url:
        document = api.get(url).json()
        found += [record["id"] for record in document["data"]]
        assert document["meta"] == {"page_size": 15, "max_page_size": 200}
        assert document["links"].keys() <= {"next"}
        url = document["links"].get("next", "")
    assert found == ids(api.get("integrations", params={"page[size]": "200"}))


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"page[after]": "", "page[number]": "2"}, "keyset_conflict"),
        ({"page[after]": "", "sort": "name"}, "keyset_unsupported_sort"),
        ({"page[after]": "nonsense"}, "keyset_invalid_cursor"),
    ],
)
def test_a_cursor_that_cannot_be_followed_is_an_error(api: httpx.Client, params: dict[str, str], code: str) -> None:
    assert error(api.get("subsidiaries", params=params))["code"] == code


def test_an_unknown_filter_is_an_error(api: httpx.Client) -> None:
    assert error(api.get("integrations", params={"filter[nope]": "1"})) == {
        "status": "unprocessable_content",
        "code": "unsupported_filter",
        "title": "Unsupported filter",
        "detail": "Filter 'nope' is not supported on this endpoint",
        "source": {"parameter": "filter[nope]"},
    }


def test_tax_rates_have_no_subsidiary_filter(api: httpx.Client) -> None:
    assert error(api.get("tax_rates", params={"filter[subsidiary_id]": "11204"}))["code"] == "unsupported_filter"


def test_an_unknown_sort_is_an_error(api: httpx.Client) -> None:
    entry = error(api.get("integrations", params={"sort": "-name"}))
    assert entry["code"] == "sort_param_unsupported"
    assert entry["detail"] == "Sort by 'name' is not supported on this endpoint"


def test_an_unknown_include_is_an_error(api: httpx.Client) -> None:
    for path in ("integrations", "integrations/74211"):
        assert error(api.get(path, params={"include": "invoices"}))["code"] == "unsupported_include"


@pytest.mark.parametrize(
    ("filters", "code"),
    [
        ({"filter[project_id][gte]": "1"}, "unsupported_filter_operation"),
        ({"filter[project_id]": "abc"}, "unsupported_filter_value"),
        ({"filter[integration_type_id]": "32"}, "unsupported_filter_value"),
        ({"filter[$op]": "xor"}, "unsupported_group"),
    ],
)
def test_a_wrong_operator_value_or_group_is_an_error(api: httpx.Client, filters: dict[str, str], code: str) -> None:
    assert error(api.get("integrations", params=filters))["code"] == code


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"filter[integration_type_id]": "3"}, ["74211", "78804"]),
        ({"filter[integration_type_id]": "3", "filter[subsidiary_id]": "11204"}, ["74211"]),
        ({"filter[integration_type_id]": "26,31"}, ["82905", "89915"]),
        ({"filter[jira_organization]": "harbourpine"}, ["72388"]),
        ({"filter[jira_project][contains]": "rwm"}, ["77123"]),
        ({"filter[jira_project][not_contain]": "MER", "filter[integration_type_id]": "7"}, ["77123"]),
        ({"filter[integration_type_id][eq]": "7", "filter[project_id][not_eq]": "305118"}, ["77123"]),
        ({"filter[deal_id]": "552480"}, ["62841"]),
        ({"filter[project_status]": "2"}, ["77123"]),
        (
            {
                "filter[$op]": "or",
                "filter[0][deal_id][eq]": "552480",
                "filter[1][jira_project][eq]": "RWM",
            },
            ["62841", "77123"],
        ),
    ],
)
def test_filters_narrow_a_list(api: httpx.Client, filters: dict[str, str], found: list[str]) -> None:
    assert ids(api.get("integrations", params=filters)) == found


def test_a_list_can_be_ordered_by_age(api: httpx.Client) -> None:
    oldest = ids(api.get("integrations", params={"sort": "created_at", "page[size]": "200"}))
    newest = ids(api.get("integrations", params={"sort": "-created_at", "page[size]": "200"}))
    assert oldest[0] == newest[-1] == "58210"


def test_archived_rows_come_only_when_asked_for(sandbox: Sandbox, api: httpx.Client) -> None:
    size = {"page[size]": "200"}
    live = ids(api.get("service_types", params=size))
    archived = ids(api.get("service_types", params={"filter[status]": "2", **size}))
    both = ids(api.get("service_types", params={"filter[status]": "1,2", **size}))
    assert "582330" in archived
    assert set(both) == {*live, *archived}
    assert not {*live} & {*archived}
    sandbox.switches.lists_include_archived = True
    assert ids(api.get("service_types", params=size)) == both


def test_archived_custom_fields_have_their_own_filter(api: httpx.Client) -> None:
    assert ids(api.get("custom_fields", params={"filter[archived]": "true"})) == ["43950"]
    assert "43950" not in ids(api.get("custom_fields"))


def test_archived_deal_statuses_are_always_listed(api: httpx.Client) -> None:
    assert "203544" in ids(api.get("deal_statuses"))
    assert ids(api.get("deal_statuses", params={"filter[query]": "nego"})) == ["204893", "219345"]


def test_filters_can_be_ignored_without_a_word(sandbox: Sandbox, api: httpx.Client) -> None:
    sandbox.switches.honour_filters = False
    params = {"filter[status]": "2", "page[size]": "200"}
    assert "582330" not in ids(api.get("service_types", params=params))
    assert len(ids(api.get("service_types", params=params))) == 47
