"""What the API does with one request, apart from how the answer travels."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from . import jsonapi, problems, query
from .patching import patched, refusal
from .problems import Refused
from .records import Record, Records, Store
from .resources import RESOURCES
from .switches import Switches
from .world.attributes import RELATIONSHIPS, RESPONSE_ATTRIBUTES

OK, CREATED, NO_CONTENT = 200, 201, 204


@dataclass(frozen=True, slots=True)
class Call:
    """A request, already let in. `path` is what follows the API's base address."""

    method: str
    path: str
    base_url: str
    params: Mapping[str, str] = field(default_factory=dict)
    body: Any = None

    @property
    def resource(self) -> str:
        """The first step of the path."""
        return self.path.partition("/")[0]

    @property
    def record_id(self) -> str:
        """The second step of the path, empty for a list."""
        return self.path.partition("/")[2].partition("/")[0]

    @property
    def target(self) -> str:
        """What the path ends at: a list, a record or the name of an action."""
        return self.path.partition("/")[2].partition("/")[2] or ("record" if self.record_id else "list")


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back, before any fault bends it."""

    status: int
    document: dict[str, Any] | None = None


def new_integration(store: Store, attributes: Mapping[str, Any]) -> Record:
    """An integration with every attribute that the API shows, null unless given; it is not stored yet."""
    organization = next(iter(store.records["organizations"]))
    relationships: dict[str, dict[str, str] | None] = dict.fromkeys(RELATIONSHIPS)
    return Record(
        id=next_id(store, "integrations"),
        type="integrations",
        created_at=now(),
        attributes={**dict.fromkeys(RESPONSE_ATTRIBUTES), **attributes},
        relationships=relationships | {"organization": {"type": "organizations", "id": organization}},
    )


def next_id(store: Store, resource: str) -> str:
    """An id that the resource does not have yet."""
    return str(max((int(record_id) for record_id in store.records[resource]), default=10_000) + 7)


def now() -> str:
    """The time as the API writes it."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")


class Operations:
    """The API's endpoints over a store, under the switches."""

    def __init__(self, store: Store, switches: Callable[[], Switches]) -> None:
        self._store = store
        self._switches = switches

    def answer(self, call: Call) -> Answer:
        """Do what the request asks and say how it went. Changes happen at once and whole."""
        try:
            return self._routed(call)
        except Refused as refused:
            return Answer(refused.problem.status, refused.problem.document)

    def ignored(self, call: Call) -> Answer:
        """The answer to an update of which nothing is stored. What stores gives it, so it never lags behind."""
        data = call.body.get("data") if isinstance(call.body, dict) else None
        if isinstance(data, dict):
            call = replace(call, body={"data": data | {"attributes": {}}})
        return self.answer(call)

    def addressed(self, path: str) -> Record | None:
        """The live record that a path is about."""
        resource, _, rest = path.partition("/")
        return self._store.records.get(resource, {}).get(rest.partition("/")[0])

    def _routed(self, call: Call) -> Answer:
        handlers = {("GET", "list"): self._list, ("GET", "record"): self._show}
        if call.resource == "integrations":
            handlers |= {
                ("POST", "list"): self._create,
                ("PATCH", "record"): self._update,
                ("DELETE", "record"): self._destroy,
                ("GET", "check"): self._check,
                ("GET", "sync"): self._sync,
                ("PATCH", "connect"): self._connect,
            }
        handler = handlers.get((call.method, call.target))
        if handler is None or call.resource not in RESOURCES:
            raise Refused(problems.ROUTE_NOT_FOUND)
        return handler(call)

    def _records(self) -> Records:
        lag = self._switches().replica_lag
        return {resource: self._store.seen(resource, lag) for resource in self._store.records}

    def _live(self, call: Call) -> Record:
        record = self._store.records["integrations"].get(call.record_id)
        if record is None:
            raise Refused(problems.RECORD_NOT_FOUND)
        return record

    def _view(self, call: Call, records: Records) -> jsonapi.View:
        include = jsonapi.include_tree(call.resource, call.params.get("include", ""))
        return jsonapi.View(records, include, secrets_blanked=self._switches().secrets_blanked)

    def _one(self, call: Call, record: Record) -> dict[str, Any]:
        return self._view(call, self._store.records).one(record)

    def _list(self, call: Call) -> Answer:
        resource = call.resource
        switches, records, kind = self._switches(), self._records(), RESOURCES[resource]
        view = self._view(call, records)
        if switches.sparse_fields:
            view.fields = jsonapi.sparse_fields(call.params)
        keep, archived_said = query.chosen(kind, call.params)
        rows = list(records[resource].values())
        if switches.honour_filters:
            rows = [row for row in rows if keep(row, records)]
        all_wanted = switches.lists_include_archived or (switches.honour_filters and archived_said)
        if kind.archived_by and not all_wanted:
            rows = [row for row in rows if not row.archived]
        page = query.page(query.ordered(kind, rows, records, call.params), records, call.params)
        asked = {name: value for name, value in call.params.items() if not name.startswith("page[")}
        links = {name: f"{call.base_url}{call.path}?{urlencode(asked | place)}" for name, place in page.links.items()}
        return Answer(OK, view.many(page.records) | {"meta": page.meta, "links": links})

    def _show(self, call: Call) -> Answer:
        records = self._records()
        record = records[call.resource].get(call.record_id)
        if record is None:
            raise Refused(problems.RECORD_NOT_FOUND)
        return Answer(OK, self._view(call, records).one(record))

    def _create(self, call: Call) -> Answer:
        _, attributes = _data(call)
        number = attributes.get("integration_type_id")
        if number is None:
            raise Refused(problems.invalid_attribute("integration_type_id", "can't be blank"))
        if number not in range(1, 32):
            raise Refused(problems.invalid_attribute("integration_type_id", "is not included in the list"))
        named = {"integration_type_id": number, "name": attributes.get("name")}
        record = new_integration(self._store, named | {"requested_at": now(), "options": {}})
        self._store.insert(record)
        return Answer(CREATED, self._one(call, record))

    def _update(self, call: Call) -> Answer:
        switches, record = self._switches(), self._live(call)
        data, attributes = _data(call)
        refused = refusal(switches, attributes)
        if refused:
            raise Refused(refused)
        if switches.check_data_type:
            for member, value in (("type", "integrations"), ("id", call.record_id)):
                if data.get(member) != value:
                    raise Refused(problems.mismatch(member))
        view = self._view(call, self._store.records)
        changed = patched(record.attributes, attributes, switches)
        self._store.commit(record, lambda live: live.attributes.update(changed))
        return Answer(OK, view.one(record))

    def _destroy(self, call: Call) -> Answer:
        self._store.delete(self._live(call))
        return Answer(NO_CONTENT)

    def _check(self, call: Call) -> Answer:
        record = self._live(call)
        if not record.attributes["connected_at"] or record.attributes["deactivated_at"]:
            raise Refused(replace(problems.METHOD_NOT_ALLOWED, detail="The integration is not connected"))
        kept = record.attributes["options"]
        options = (kept if isinstance(kept, dict) else {}) | {"refreshed_at": now()}
        self._store.commit(record, lambda live: live.attributes.update(options=options))
        return Answer(OK, self._one(call, record))

    def _sync(self, call: Call) -> Answer:
        record = self._live(call)
        self._store.commit(record, lambda live: live.attributes.update(last_synced_at=now()))
        return Answer(OK, self._one(call, record))

    def _connect(self, call: Call) -> Answer:
        record = self._live(call)
        if record.attributes["connected_at"]:
            raise Refused(problems.invalid_attribute("base", "could not be connected"))
        self._store.commit(record, lambda live: live.attributes.update(connected_at=now()))
        return Answer(OK, self._one(call, record))


def _data(call: Call) -> tuple[dict[str, Any], dict[str, Any]]:
    data = call.body.get("data") if isinstance(call.body, dict) else None
    if not isinstance(data, dict):
        raise Refused(problems.BAD_REQUEST)
    attributes = data.get("attributes", {})
    if not isinstance(attributes, dict):
        raise Refused(problems.BAD_REQUEST)
    return data, attributes
