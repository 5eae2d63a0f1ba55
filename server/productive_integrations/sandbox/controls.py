"""The sandbox's own address, for people and programs in other processes."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .faults import Fault
from .switches import Switches

if TYPE_CHECKING:
    from .sandbox import Sandbox

_FAULTS = TypeAdapter(list[Fault])


class Controls:
    """Reads and sets what a test in the same process reaches directly."""

    def __init__(self, sandbox: "Sandbox") -> None:
        self._sandbox = sandbox

    def routes(self) -> list[Route]:
        """The addresses, all under /_sandbox/."""
        return [
            Route("/_sandbox/requests", self._requests, methods=["GET", "DELETE"]),
            Route("/_sandbox/switches", self._switches, methods=["GET", "PATCH"]),
            Route("/_sandbox/faults", self._faults, methods=["GET", "POST", "DELETE"]),
            Route("/_sandbox/reset", self._reset, methods=["POST"]),
            Route("/_sandbox/records/{resource}/{record_id}", self._record),
        ]

    async def _requests(self, request: HttpRequest) -> Response:
        if request.method == "DELETE":
            self._sandbox.requests.clear()
            return Response(status_code=204)
        return JSONResponse([asdict(entry) for entry in self._sandbox.requests])

    async def _switches(self, request: HttpRequest) -> Response:
        if request.method == "PATCH":
            wanted = await _json(request)
            if not isinstance(wanted, dict):
                raise HTTPException(400, "The body must be an object of switches.")
            try:
                self._sandbox.switches = Switches.model_validate(self._sandbox.switches.model_dump() | wanted)
            except ValidationError as error:
                return _invalid(error)
        return JSONResponse(self._sandbox.switches.model_dump(mode="json"))

    async def _faults(self, request: HttpRequest) -> Response:
        if request.method == "DELETE":
            self._sandbox.faults.clear()
            return Response(status_code=204)
        if request.method == "POST":
            wanted = await _json(request)
            try:
                faults = _FAULTS.validate_python(wanted if isinstance(wanted, list) else [wanted])
            except ValidationError as error:
                return _invalid(error)
            self._sandbox.faults.extend(faults)
        return JSONResponse([fault.model_dump(mode="json") for fault in self._sandbox.faults])

    async def _reset(self, _: HttpRequest) -> Response:
        self._sandbox.reset()
        return Response(status_code=204)

    async def _record(self, request: HttpRequest) -> Response:
        records = self._sandbox.records.get(request.path_params["resource"], {})
        record = records.get(request.path_params["record_id"])
        if record is None:
            raise HTTPException(404, "No such record.")
        return JSONResponse(asdict(record))


async def _json(request: HttpRequest) -> Any:
    try:
        return await request.json()
    except ValueError:
        raise HTTPException(400, "The body is not JSON.") from None


def _invalid(error: ValidationError) -> Response:
    found = [{"at": list(part["loc"]), "problem": part["msg"]} for part in error.errors()]
    return JSONResponse(found, 422)
