from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.routing import Route

from .app import BASE_PATH, Api, Request, Tenant
from .controls import Controls
from .faults import Fault
from .limits import Limits
from .operations import new_integration, next_id, now
from .records import Record, Records, Store
from .resources import RESOURCES
from .switches import Switches
from .world import ORGANIZATION_ID, world

METHODS = ["GET", "POST", "PATCH", "PUT", "DELETE"]


class Sandbox:
    """A Productive organization with its API, in memory or kept in a file."""

    token = "sandbox-token"  # noqa: S105 - it opens nothing but this

    def __init__(self, state: Path | None = None) -> None:
        self._tenant = Tenant(
            token=self.token,
            organization_id=ORGANIZATION_ID,
            store=Store(world, state),
            switches=Switches(),
            faults=[],
            requests=[],
            limits=Limits(),
        )
        api = Route(BASE_PATH + "{path:path}", Api(self._tenant).respond, methods=METHODS)
        self.app = Starlette(routes=[*Controls(self).routes(), api])

    @property
    def organization_id(self) -> str:
        """The one organization that the token reaches."""
        return self._tenant.organization_id

    @property
    def records(self) -> Records:
        """The live records by resource and id."""
        return self._tenant.store.records

    @property
    def integrations(self) -> dict[str, Record]:
        """The live integrations by id."""
        return self.records["integrations"]

    @property
    def requests(self) -> list[Request]:
        """What arrived at the API, in order."""
        return self._tenant.requests

    @property
    def faults(self) -> list[Fault]:
        """Faults still to come. One that is used up disappears."""
        return self._tenant.faults

    @property
    def switches(self) -> Switches:
        """How it behaves where Productive's own behaviour is unknown."""
        return self._tenant.switches

    @switches.setter
    def switches(self, switches: Switches) -> None:
        self._tenant.switches = switches

    def add(self, resource: str, **values: Any) -> str:
        """Add a record and give its id. The name of a relationship takes the id of the other record."""
        store = self._tenant.store
        kind = RESOURCES[resource]
        links = {
            name: {"type": kind.includes[name], "id": str(values.pop(name))}
            for name in kind.includes
            if values.get(name) is not None
        }
        if resource == "integrations":
            record = new_integration(store, values)
        else:
            empty = dict.fromkeys(kind.includes)
            record = Record(next_id(store, resource), resource, now(), {"archived_at": None} | values, dict(empty))
            if "organization" in kind.includes:
                record.relationships["organization"] = {"type": "organizations", "id": self.organization_id}
        record.relationships.update(links)
        store.insert(record)
        return record.id

    def archive(self, resource: str, record_id: str) -> None:
        """Archive a record."""
        record = self.records[resource][record_id]
        self._tenant.store.commit(record, lambda live: live.attributes.update(archived_at=now()))

    def delete(self, resource: str, record_id: str) -> None:
        """Delete a record, as a merge does."""
        self._tenant.store.delete(self.records[resource][record_id])

    def reset(self) -> None:
        """Go back to the fresh organization: no faults, no requests, every switch at its default."""
        self._tenant.store.reset()
        self._tenant.limits.reset()
        self.switches = Switches()
        self.faults.clear()
        self.requests.clear()
