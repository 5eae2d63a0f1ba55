"""No credential gets out: not in a result, an error, a log, on standard error or in the state file."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from canaries import INNER, SECRET, Marked, nothing_in
from front_door import FrontDoor, content_of
from processes import PATIENCE, Wire, answering, started
from productive_integrations.providers import mappings_by_name
from productive_integrations.sandbox import Fault, running
from productive_integrations.sandbox.faults import FaultKind

SECTIONS = ("summary", "mappings", "settings", "all")
READ_FAULTS = sorted(set(get_args(FaultKind)) - {"foreign_edit_before", "foreign_edit_after", "late_commit"})
WRITE_FAULTS = (
    *("status_500_before", "status_502_after", "status_429", "html", "truncated", "wrong_record"),
    "ignored",
)


@pytest.fixture(name="sandbox")
def _sandbox() -> Marked:
    return Marked()


def settings_for(door: FrontDoor, **changed: str) -> dict[str, str]:
    return door.named_settings(**{"log_level": "DEBUG", "timeout": "1", "wait": "1"} | changed)


def state_bytes(door: FrontDoor) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(door.state.parent.glob(f"{door.state.name}*")))


def everything_said(wire: Wire) -> bytes:
    """End the server and give the rest of its standard output."""
    wire.stdin.close()
    assert wire.process.wait(PATIENCE) == 0
    return b"".join(iter(wire.line, b""))


def call(wire: Wire, tool: str, **arguments: Any) -> dict[str, Any]:
    answer = wire.ask("tools/call", name=tool, arguments=arguments)
    nothing_in(answer=json.dumps(answer, ensure_ascii=False))
    return answer


@pytest.fixture(name="errors")
def _errors(tmp_path: Path) -> Iterator[Path]:
    """Where a process's standard error goes; looked through at the end."""
    errors = tmp_path / "stderr"
    yield errors
    nothing_in(stderr=errors.read_bytes())


def test_there_is_something_to_hide_in_every_type_and_it_is_in_what_the_api_answers(sandbox: Marked) -> None:
    assert {"request_token", "options", "client_id"} <= SECRET
    assert {"realm_id", "xero_organization_id", "calendars"} <= INNER
    for record in sandbox.integrations.values():
        assert "CANARY-" in json.dumps(record.attributes)


@pytest.mark.parametrize("sections", [SECTIONS[:2], SECTIONS[2:]], ids=" and ".join)
def test_no_section_of_any_integration_shows_a_credential(
    door: FrontDoor, errors: Path, sections: tuple[str, ...]
) -> None:
    # Two sections of 36 integrations are as much as a server may ask the API for in ten seconds.
    with started(errors, **settings_for(door)) as wire:
        wire.shake_hands()
        for one in door.sandbox.integrations:
            for section in sections:
                answer = call(wire, "get_integration", integration_id=one, section=section)
                assert not answer["result"].get("isError"), answer
        call(wire, "list_integrations", limit=200)
        nothing_in(stdout=everything_said(wire))
    nothing_in("canary", state=state_bytes(door))


def test_no_resource_prompt_or_completion_shows_a_credential(door: FrontDoor, errors: Path) -> None:
    with started(errors, **settings_for(door)) as wire:
        wire.shake_hands()
        uris = ["productive://integrations"]
        for one, record in door.sandbox.integrations.items():
            uris += [f"productive://integrations/{one}"]
            uris += [f"productive://integrations/{one}/mappings/{name}" for name in mappings_of(record)[:1]]
        for uri in uris:
            answer = wire.ask("resources/read", uri=uri)
            assert "result" in answer, answer
            nothing_in(answer=json.dumps(answer, ensure_ascii=False))
        for name in ("review_integration", "map_unmapped"):
            answer = wire.ask("prompts/get", name=name, arguments={"integration": "74211"})
            assert "result" in answer, answer
            nothing_in(answer=json.dumps(answer, ensure_ascii=False))
        ref, argument = {"type": "ref/prompt", "name": "map_unmapped"}, {"name": "integration", "value": ""}
        answer = wire.ask("completion/complete", ref=ref, argument=argument)
        assert answer["result"]["completion"]["total"] == len(door.sandbox.integrations)
        nothing_in(answer=json.dumps(answer), stdout=everything_said(wire))
    nothing_in("canary", state=state_bytes(door))


def test_no_mapping_alone_shows_a_credential(door: FrontDoor, errors: Path) -> None:
    with started(errors, **settings_for(door)) as wire:
        wire.shake_hands()
        for name, homes in mappings_by_name().items():
            types = {home.type_id for home in homes}
            one = next(
                record.id
                for record in door.sandbox.integrations.values()
                if record.attributes["integration_type_id"] in types
            )
            assert not call(wire, "get_integration", integration_id=one, mapping=name)["result"].get("isError")
        for name in sorted(SECRET | INNER):
            assert call(wire, "get_integration", integration_id="74211", mapping=name)["result"]["isError"]
        nothing_in(stdout=everything_said(wire))


def test_no_edit_of_any_integration_shows_or_keeps_a_credential(door: FrontDoor, tmp_path: Path) -> None:
    integrations = [one for one in door.sandbox.integrations.values() if mappings_of(one)]
    assert len(integrations) > 10
    said = set()
    # A server may send a hundred requests in ten seconds, so the integrations are shared out.
    for number in range(3):
        errors = tmp_path / f"stderr-{number}"
        with started(errors, **settings_for(door)) as wire:
            wire.shake_hands()
            for record in integrations[number::3]:
                name = mappings_of(record)[0]
                key = next(iter(record.attributes[name]))
                edit = {"integration_id": record.id, "mapping": name, "remove": [key], "reason": "tidying"}
                answer = call(wire, "update_mapping", **edit)
                content = answer["result"].get("structuredContent", {})
                said.add(content.get("outcome"))
                if "plan_id" in content:
                    rules = sorted({one["rule"] for one in content["findings"] if one["severity"] == "confirm"})
                    applied = call(wire, "apply_mapping_plan", plan_id=content["plan_id"], accept=rules)
                    said.add(applied["result"].get("structuredContent", {}).get("outcome"))
            nothing_in(stdout=everything_said(wire))
        nothing_in(stderr=errors.read_bytes())
    nothing_in("canary", state=state_bytes(door))
    assert {"approval_required", "applied"} <= said
    assert door.sent("PATCH")


def mappings_of(record: Any) -> list[str]:
    return [name for name in mappings_by_name() if record.attributes.get(name)]


@pytest.mark.parametrize("half", [0, 1])
def test_no_faulty_answer_to_a_read_lets_a_credential_out(door: FrontDoor, errors: Path, half: int) -> None:
    with started(errors, **settings_for(door, timeout="0.4", wait="0.1")) as wire:
        wire.shake_hands()
        for kind in READ_FAULTS[half::2]:
            # Three times is for good: a read is tried again after a passing fault.
            door.sandbox.faults[:] = [Fault(kind=kind, method="GET", times=3, seconds=30)]
            call(wire, "get_integration", integration_id="74211", section="all")
            door.sandbox.faults[:] = [Fault(kind=kind, method="GET")]
            call(wire, "list_integrations", query=kind)
        nothing_in(stdout=everything_said(wire))
    assert len(door.sent("GET")) >= len(READ_FAULTS[half::2])
    nothing_in("canary", state=state_bytes(door))


@pytest.mark.anyio
@pytest.mark.parametrize("fault", [*WRITE_FAULTS, 401, 403, 404, 405, 422], ids=str)
async def test_no_faulty_answer_to_a_write_lets_a_credential_out(
    door: FrontDoor, fault: Any, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level("DEBUG")
    if isinstance(fault, int):
        door.sandbox.switches.patch_refusal = fault  # type: ignore[assignment]
    else:
        door.sandbox.faults.append(Fault(kind=fault, method="PATCH", seconds=30))
    edit = {"integration_id": "74211", "mapping": "account_code_mapping", "set": {"Design": "4030"}}

    async with door.client(approval="none", log_level="DEBUG") as client:
        result = await client.call_tool("update_mapping", edit)
    written = capfd.readouterr()

    assert door.sent("PATCH")
    nothing_in(result=result.model_dump_json(), log=caplog.text, stdout=written.out, stderr=written.err)
    nothing_in("canary", state=state_bytes(door))


EDIT = {"integration_id": "74211", "mapping": "account_code_mapping", "set": {"Design": "4030"}}
TO_NL = {"from_integration_id": "74211", "to_integration_id": "78804", "mapping": "account_code_mapping"}


@pytest.mark.anyio
@pytest.mark.parametrize("kind", get_args(FaultKind))
async def test_no_tool_lets_a_credential_out_whatever_goes_wrong(
    door: FrontDoor, kind: FaultKind, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level("DEBUG")
    said = []
    timeout = "0.2" if kind in {"slow", "drip", "late_commit"} else "1"
    async with door.client(log_level="DEBUG", timeout=timeout, wait="1.5") as client:
        planned = content_of(await client.call_tool("update_mapping", EDIT))
        for name, arguments in (
            ("list_integrations", {}),
            ("get_integration", {"integration_id": "74211", "section": "all"}),
            ("check_integration", {"integration_id": "74211"}),
            ("copy_mapping", TO_NL),
            ("update_mapping", EDIT | {"set": {"Travel": "4020"}}),
            ("apply_mapping_plan", {"plan_id": planned["plan_id"]}),
            ("list_changes", {}),
        ):
            method = "PATCH" if name == "apply_mapping_plan" else "GET"
            door.sandbox.faults[:] = [
                Fault(kind=kind, method=method, times=1 if kind == "status_429" else 2, seconds=0.3)
            ]
            said.append(await client.call_tool(name, arguments))
        [change] = content_of(said[-1])["changes"]
        said.append(await client.call_tool("undo_change", {"change_id": change["change_id"]}))
        while_open = state_bytes(door)
    written = capfd.readouterr()

    assert len(said) == 8
    assert door.sent("PATCH")
    assert b"account_code_mapping" in while_open
    nothing_in("canary", while_open=while_open, state=state_bytes(door))
    nothing_in(log=caplog.text, stdout=written.out, stderr=written.err)
    nothing_in(said="".join(result.model_dump_json() for result in said))


def test_a_token_that_is_refused_is_not_repeated(door: FrontDoor, errors: Path) -> None:
    with started(errors, **settings_for(door, api_token="CANARY-refused")) as wire:
        wire.shake_hands()
        answers = [
            call(wire, "list_integrations"),
            call(wire, "get_integration", integration_id="74211"),
            call(wire, "update_mapping", integration_id="74211", mapping="account_code_mapping", remove=["600131"]),
        ]
        nothing_in(stdout=everything_said(wire))

    assert all("PRODUCTIVE_API_TOKEN" in json.dumps(answer) for answer in answers)


def test_an_api_that_is_not_there_lets_no_token_out(errors: Path, tmp_path: Path) -> None:
    sandbox = Marked()
    with running(sandbox) as url:
        gone = url
    settings = {"api_token": sandbox.token, "organization_id": sandbox.organization_id, "base_url": gone}
    with started(errors, **settings, log_level="DEBUG", timeout="1", state=str(tmp_path / "state.sqlite")) as wire:
        wire.shake_hands()
        assert call(wire, "list_integrations")["result"]["isError"]
        nothing_in(stdout=everything_said(wire))


@pytest.mark.parametrize("status", [200, 401, 422, 429, 500])
def test_an_answer_that_repeats_our_headers_lets_no_token_out(errors: Path, tmp_path: Path, status: int) -> None:
    problem = '{"errors":[{"status":"ECHO","code":"ECHO","title":"ECHO","detail":"CANARY-api-token"}]}'
    with answering(status, problem.encode()) as url:
        settings = {"api_token": "CANARY-api-token", "organization_id": "28417", "base_url": url}
        state = str(tmp_path / "state.sqlite")
        with started(errors, **settings, log_level="DEBUG", timeout="0.5", wait="0", state=state) as wire:
            wire.shake_hands()
            for name in ("list_integrations", "check_integration"):
                assert call(wire, name)["result"]["isError"]
            assert call(wire, "update_mapping", **EDIT)["result"]["isError"]
            nothing_in(stdout=everything_said(wire))


@pytest.mark.anyio
async def test_no_inner_id_of_the_other_system_is_kept_in_the_state_file(door: FrontDoor) -> None:
    edit = {"integration_id": "74211", "mapping": "account_code_mapping", "set": {"Design": "4030"}}

    async with door.client() as client:
        await client.call_tool("update_mapping", edit)

    assert b"account_code_mapping" in state_bytes(door)
    nothing_in(state=state_bytes(door))
