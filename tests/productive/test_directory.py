import asyncio
from collections.abc import Callable

import httpx
import pytest

from connecting import Connect
from productive_integrations.errors import BadAnswer
from productive_integrations.productive.directory import SOURCES, DirectoryReader
from productive_integrations.providers.markers import Noun
from productive_integrations.sandbox import Fault, Sandbox
from productive_integrations.schemas.directory import Listing

pytestmark = pytest.mark.anyio


class Meanwhile(httpx.AsyncHTTPTransport):
    """Does something before the second request."""

    def __init__(self, deed: Callable[[], object]) -> None:
        super().__init__()
        self._deeds: list[Callable[[], object]] = [lambda: None, deed]

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self._deeds:
            self._deeds.pop(0)()
        return await super().handle_async_request(request)


class Clock:
    now = 50.0

    def __call__(self) -> float:
        return self.now


async def listing(connect: Connect, noun: Noun) -> Listing:
    return (await DirectoryReader(connect()).load([noun]))[noun]


@pytest.mark.parametrize("lists_include_archived", [False, True])
@pytest.mark.parametrize("noun", SOURCES)
async def test_every_record_of_a_noun_is_listed_by_its_id_the_archived_ones_as_such(
    sandbox: Sandbox,
    connect: Connect,
    noun: Noun,
    lists_include_archived: bool,  # noqa: FBT001
) -> None:
    sandbox.switches.lists_include_archived = lists_include_archived
    records = sandbox.records[SOURCES[noun].path]
    read = await listing(connect, noun)
    gone = {
        one
        for one, record in records.items()
        if record.attributes.get("archived_at") or record.attributes.get("deactivated_at")
    }

    if lists_include_archived or "filter[status]" in SOURCES[noun].params:
        assert set(read.by_id) == set(records)
    assert {entry.id for entry in read.entries if entry.archived} == gone & set(read.by_id)
    assert {entry.id for entry in read.live} == set(records) - gone
    assert all(entry.name for entry in read.entries)


async def test_a_tax_rate_knows_its_subsidiary_and_its_percentage(sandbox: Sandbox, connect: Connect) -> None:
    read = await listing(connect, Noun.TAX_RATE)
    one = read.by_id["31102"]
    record = sandbox.records["tax_rates"]["31102"]

    assert (one.group, one.group_name) == ("11204", "Harbour & Pine Ltd")
    assert one.percent == float(record.attributes["primary_component_value"])
    assert {entry.group for entry in read.live} >= {"11204", "11871", "12350"}


async def test_a_deal_status_knows_its_pipeline_and_its_phase(connect: Connect) -> None:
    read = await listing(connect, Noun.DEAL_STATUS)
    ours, theirs = read.by_id["204893"], read.by_id["219345"]

    assert ours.name == theirs.name == "Negotiation"
    assert (ours.group_name, theirs.group_name) == ("New business", "Partnerships")
    assert {entry.phase for entry in read.entries} == {"open", "won", "lost"}
    assert {entry.id for entry in read.named("negotiation")} >= {"204893", "219345"}


async def test_a_person_is_known_by_the_full_name(sandbox: Sandbox, connect: Connect) -> None:
    read = await listing(connect, Noun.PERSON)
    one, record = next(iter(sandbox.records["people"].items()))

    assert read.by_id[one].name == f"{record.attributes['first_name']} {record.attributes['last_name']}"


async def test_a_custom_field_knows_what_it_belongs_to(sandbox: Sandbox, connect: Connect) -> None:
    read = await listing(connect, Noun.CUSTOM_FIELD)

    assert {entry.id: entry.group for entry in read.entries} == {
        one: sandbox.records["custom_fields"][one].attributes["customizable_type"] for one in read.by_id
    }
    assert all(entry.group for entry in read.entries)


async def test_a_name_in_any_case_finds_every_live_record_of_that_name(connect: Connect) -> None:
    read = await listing(connect, Noun.SERVICE_TYPE)

    assert {entry.id for entry in read.named("  community   MANAGEMENT ")} == {"614080", "629510"}
    assert [entry.id for entry in read.named("Print design")] == ["582330"]
    assert read.named("Experiential") == ()


async def test_only_the_nouns_asked_for_are_fetched(sandbox: Sandbox, connect: Connect) -> None:
    await DirectoryReader(connect()).load([Noun.SUBSIDIARY, Noun.SUBSIDIARY])

    assert [request.path for request in sandbox.requests] == ["/api/v2/subsidiaries"]


async def test_a_listing_is_kept_for_a_while_and_fetched_again_when_it_is_too_old(
    sandbox: Sandbox, connect: Connect
) -> None:
    clock = Clock()
    reader = DirectoryReader(connect(), keep=300, clock=clock)
    first = await reader.load([Noun.SUBSIDIARY])
    sandbox.records["subsidiaries"]["11204"].attributes["name"] = "Renamed"

    clock.now += 299
    kept = await reader.load([Noun.SUBSIDIARY])
    assert kept.same_as(first)
    assert len(sandbox.requests) == 1

    fresh = await reader.load([Noun.SUBSIDIARY], max_age=5)
    assert not fresh.same_as(first)
    assert fresh[Noun.SUBSIDIARY].by_id["11204"].name == "Renamed"

    clock.now += 301
    await reader.load([Noun.SUBSIDIARY])
    assert len(sandbox.requests) == 3


async def test_callers_at_the_same_time_share_one_read(sandbox: Sandbox, connect: Connect) -> None:
    reader = DirectoryReader(connect())

    found = await asyncio.gather(*(reader.load([Noun.SUBSIDIARY, Noun.TAX_RATE]) for _ in range(8)))

    assert sorted(request.path for request in sandbox.requests) == ["/api/v2/subsidiaries", "/api/v2/tax_rates"]
    assert all(each.same_as(found[0]) for each in found)


@pytest.mark.parametrize("noun", SOURCES)
async def test_a_listing_with_one_record_of_another_organization_is_none(connect: Connect, noun: Noun) -> None:
    owners = {"28417": b"Ours", "999": b"CANARY"}
    records = b",".join(
        b'{"type":"%s","id":"%s","attributes":{"name":"%s"},"relationships":{"organization":{"data":'
        b'{"type":"organizations","id":"%s"}}}}' % (SOURCES[noun].path.encode(), owner.encode(), name, owner.encode())
        for owner, name in owners.items()
    )
    headers = {"content-type": "application/vnd.api+json"}
    answer = httpx.Response(200, content=b'{"data":[' + records + b"]}", headers=headers)

    with pytest.raises(BadAnswer, match="another organization") as caught:
        await DirectoryReader(connect.answered(answer)).load([noun])

    assert "CANARY" not in str(caught.value)


async def test_a_failed_read_is_not_kept(sandbox: Sandbox, connect: Connect) -> None:
    reader = DirectoryReader(connect())
    sandbox.faults.append(Fault(kind="html"))
    with pytest.raises(BadAnswer):
        await reader.load([Noun.SUBSIDIARY])

    assert len((await reader.load([Noun.SUBSIDIARY]))[Noun.SUBSIDIARY].entries) == len(sandbox.records["subsidiaries"])


@pytest.mark.parametrize("deed", ["delete", "add"])
async def test_a_list_that_changes_while_it_is_read_is_no_listing(
    sandbox: Sandbox, connect: Connect, deed: str
) -> None:
    added = [sandbox.add("service_types", name=f"AAA {number:03}") for number in range(250)]

    def change() -> None:
        if deed == "delete":
            sandbox.delete("service_types", added[0])
        else:
            sandbox.add("service_types", name="AAA 0")

    reader = DirectoryReader(connect(Meanwhile(change)))

    with pytest.raises(BadAnswer, match="changed while it was read"):
        await reader.load([Noun.SERVICE_TYPE])


async def test_a_list_with_fewer_records_than_it_counts_is_no_listing(connect: Connect) -> None:
    record = b'{"type":"subsidiaries","id":"1","attributes":{"name":"A"}}'
    body = b'{"data":[' + record + b"," + record + b'],"meta":{"total_count":2}}'
    answer = httpx.Response(200, content=body, headers={"content-type": "application/vnd.api+json"})

    with pytest.raises(BadAnswer, match="changed while it was read"):
        await DirectoryReader(connect.answered(answer)).load([Noun.SUBSIDIARY])
