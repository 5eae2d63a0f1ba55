import json
from typing import Any

import httpx
import pytest

from connecting import Connect
from productive_integrations.errors import BadAnswer
from productive_integrations.productive import pages as pages_module
from productive_integrations.productive.pages import pages
from productive_integrations.sandbox import Sandbox

pytestmark = pytest.mark.anyio


def page(*ids: int, after: str | None = None, **meta: int) -> httpx.Response:
    content: dict[str, Any] = {"data": [{"type": "people", "id": str(each)} for each in ids], "meta": meta}
    if after:
        content["links"] = {"next": after}
    headers = {"content-type": "application/vnd.api+json"}
    return httpx.Response(200, content=json.dumps(content).encode(), headers=headers)


async def ids_of(*arguments: Any, **options: Any) -> list[str]:
    return [record.id async for each in pages(*arguments, **options) for record in each.many]


async def test_all_pages_of_a_list_come_in_order_200_records_each(sandbox: Sandbox, connect: Connect) -> None:
    for number in range(450):
        sandbox.add("service_types", name=f"Service {number}")

    ids = await ids_of(connect(), "service_types", {"filter[status]": "1,2"})

    assert sorted(ids, key=int) == sorted(sandbox.records["service_types"], key=int)
    assert len(sandbox.requests) == 3
    assert all("page%5Bsize%5D=200" in request.query for request in sandbox.requests)
    assert all("filter%5Bstatus%5D=1%2C2" in request.query for request in sandbox.requests)


async def test_a_list_is_read_from_the_page_asked_for(sandbox: Sandbox, connect: Connect) -> None:
    for number in range(450):
        sandbox.add("integrations", name=f"Hook {number}", integration_type_id=6)
    every = sorted(sandbox.integrations, key=int)

    assert await ids_of(connect(), "integrations", {"sort": "id"}, first=3) == every[400:]


async def test_a_list_without_records_is_one_empty_page(connect: Connect) -> None:
    assert await ids_of(connect(), "integrations", {"filter[jira_project]": "no such"}) == []


async def test_a_list_that_shrinks_while_it_is_read_is_not_taken_for_the_whole(
    sandbox: Sandbox, connect: Connect
) -> None:
    for number in range(250):
        sandbox.add("service_types", name=f"Service {number:03}")
    reading = pages(connect(), "service_types")

    first = await anext(reading)
    sandbox.delete("service_types", first.many[0].id)

    with pytest.raises(BadAnswer, match="changed while it was read"):
        await anext(reading)


async def test_a_cursor_is_followed_until_there_is_none(connect: Connect) -> None:
    seen: list[httpx.QueryParams] = []
    answers = iter(
        [
            page(1, 2, after="https://api.productive.io/api/v2/people?page%5Bafter%5D=abc%3D&page%5Bsize%5D=200"),
            page(3, after="https://api.productive.io/api/v2/people?page%5Bafter%5D=def"),
            page(4),
        ]
    )

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.params)
        return next(answers)

    assert await ids_of(connect.answered_by(answer), "people", {"sort": "id"}) == ["1", "2", "3", "4"]
    assert [params.get("page[number]") for params in seen] == ["1", None, None]
    assert [params.get("page[after]") for params in seen] == [None, "abc=", "def"]
    assert {params["sort"] for params in seen} == {"id"}


async def test_a_cursor_after_a_numbered_page_needs_no_total(connect: Connect) -> None:
    answers = page(1, after="?page[after]=abc", total_count=2), page(2)

    assert await ids_of(connect.answered(*answers), "people") == ["1", "2"]


async def test_page_numbers_are_enough_where_there_are_no_links(connect: Connect) -> None:
    answers = page(1, current_page=1, total_pages=2), page(2, current_page=2, total_pages=2)

    assert await ids_of(connect.answered(*answers), "people") == ["1", "2"]


async def test_of_a_link_only_the_place_is_used_and_never_its_address(sandbox: Sandbox, connect: Connect) -> None:
    seen: list[httpx.URL] = []
    answers = iter([page(1, after="http://evil.example/steal?page[number]=2&filter[x]=1"), page(2)])

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.url)
        return next(answers)

    await ids_of(connect.answered_by(answer), "people")

    assert {(url.host, url.path) for url in seen} == {("127.0.0.1", "/api/v2/people")}
    assert "filter[x]" not in seen[1].params
    assert seen[1].params["page[number]"] == "2"
    assert sandbox.requests == []


@pytest.mark.parametrize("link", ["?page[number]=1", "?page[size]=200", "", "nonsense"])
async def test_a_link_that_leads_nowhere_ends_the_list_or_is_refused(connect: Connect, link: str) -> None:
    client = connect.answered_by(lambda _: page(1, after=link))

    if "number" in link:
        with pytest.raises(BadAnswer, match="does not end"):
            await ids_of(client, "people")
    else:
        assert await ids_of(client, "people") == ["1"]


async def test_a_list_without_an_end_is_given_up(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages_module, "MAX_PAGES", 3)
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.params["page[number]"])
        return page(1, after=f"?page[number]={len(asked) + 1}")

    with pytest.raises(BadAnswer, match="longer than 600 records"):
        await ids_of(connect.answered_by(answer), "people")

    assert asked == ["1", "2", "3"]
