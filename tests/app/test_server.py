import pytest
from mcp import MCPError

from front_door import XERO_UK, FrontDoor, Generation, text_of
from productive_integrations.app.server import Server
from productive_integrations.productive.gateway import Gateway

pytestmark = pytest.mark.anyio
GENERATIONS = pytest.mark.parametrize("generation", ["auto", "legacy"])
READING = {"list_integrations": {}, "get_integration": {"integration_id": XERO_UK}, "check_integration": {}}
EDIT = {"integration_id": XERO_UK, "mapping": "account_code_mapping", "set": {"Design": "4030"}}


@pytest.fixture
def _defective(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise LookupError("CANARY in a message of Python")

    monkeypatch.setattr(Gateway, "integration", fail)
    monkeypatch.setattr(Gateway, "integrations", fail)


@GENERATIONS
@pytest.mark.parametrize("name", [*READING, "update_mapping"])
@pytest.mark.usefixtures("_defective")
async def test_a_defect_is_told_without_its_details_which_are_in_the_log(
    door: FrontDoor, generation: Generation, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with door.client(generation) as client:
        result = await client.call_tool(name, READING.get(name, EDIT))

    assert result.is_error
    assert "a defect of this server" in text_of(result)
    assert "CANARY" not in result.model_dump_json()
    assert "LookupError" not in result.model_dump_json()
    assert ("A write may have arrived" in text_of(result)) is (name not in READING)
    assert "CANARY in a message of Python" in caplog.text


@GENERATIONS
async def test_a_defect_outside_a_tool_is_told_without_its_details_which_are_in_the_log(
    door: FrontDoor, generation: Generation, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(_: object) -> None:
        raise LookupError("CANARY in a message of Python")

    async with door.client(generation) as client:
        monkeypatch.setattr(Server, "list_prompts", fail)
        with pytest.raises(MCPError) as caught:
            await client.list_prompts()

    assert caught.value.error.code == -32603
    assert caught.value.error.message == "A defect of this server; its log has the details."
    assert "CANARY in a message of Python" in caplog.text


@GENERATIONS
async def test_an_error_of_the_sdk_repeats_no_hidden_character_and_no_long_text(
    door: FrontDoor, generation: Generation
) -> None:
    async with door.client(generation) as client:
        for uri in ("x:\u202e\x1b[31m", f"x:{'y' * 5_000}"):
            with pytest.raises(MCPError) as caught:
                await client.read_resource(uri)

            told = caught.value.error.message + "".join((caught.value.error.data or {}).values())
            assert len(told) < 1_200
            assert "\u202e" not in told
            assert "\x1b" not in told
