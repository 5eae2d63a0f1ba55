from collections.abc import Iterator

import httpx
import pytest

from productive_integrations.sandbox import Sandbox


@pytest.fixture
def controls(api: httpx.Client) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"http://{api.base_url.netloc.decode()}/_sandbox/") as client:
        yield client


def test_requests_can_be_read_and_forgotten(controls: httpx.Client, api: httpx.Client) -> None:
    api.get("pipelines")
    (entry,) = controls.get("requests").json()
    assert (entry["method"], entry["path"], entry["status"]) == ("GET", "/api/v2/pipelines", 200)
    assert controls.delete("requests").status_code == 204
    assert controls.get("requests").json() == []


def test_switches_can_be_read_and_set(controls: httpx.Client, sandbox: Sandbox) -> None:
    assert controls.get("switches").json()["patch_mode"] == "replace"
    changed = controls.patch("switches", json={"patch_refusal": 403, "ignored_attributes": ["account_code"]})
    assert changed.json()["patch_refusal"] == 403
    assert sandbox.switches.ignored_attributes == {"account_code"}
    assert sandbox.switches.patch_mode == "replace"


@pytest.mark.parametrize("body", [{"patch_mode": "sideways"}, {"no_such_switch": 1}])
def test_a_wrong_switch_is_refused_and_changes_nothing(
    controls: httpx.Client, sandbox: Sandbox, body: dict[str, object]
) -> None:
    before = sandbox.switches
    assert controls.patch("switches", json=body).status_code == 422
    assert sandbox.switches == before


def test_faults_can_be_ordered_and_cancelled(controls: httpx.Client, api: httpx.Client) -> None:
    fault = {"kind": "status_500_before", "path": "/pipelines$", "times": 2}
    assert controls.post("faults", json=fault).json()[0]["times"] == 2
    assert api.get("pipelines").status_code == 500
    assert controls.delete("faults").status_code == 204
    assert api.get("pipelines").status_code == 200
    assert controls.post("faults", json={"kind": "earthquake"}).status_code == 422
    assert controls.post("faults", json={"kind": "slow", "path": "("}).status_code == 422
    assert controls.post("faults", content=b"{").status_code == 400


def test_somebody_elses_edit_can_be_ordered(controls: httpx.Client, api: httpx.Client) -> None:
    edit = {"account_code_mapping": {"600131": "theirs"}}
    controls.post("faults", json={"kind": "foreign_edit_before", "path": "/74211$", "edit": edit})
    seen = api.get("integrations/74211").json()["data"]["attributes"]
    assert seen["account_code_mapping"]["600131"] == "theirs"


def test_a_record_is_shown_raw_without_a_token(controls: httpx.Client, sandbox: Sandbox) -> None:
    record = controls.get("records/integrations/74211").json()
    assert record["attributes"] == sandbox.integrations["74211"].attributes
    assert controls.get("records/integrations/1").status_code == 404
    assert sandbox.requests == []


def test_reset_brings_the_organization_back(controls: httpx.Client, sandbox: Sandbox) -> None:
    sandbox.delete("integrations", "74211")
    assert controls.post("reset").status_code == 204
    assert "74211" in sandbox.integrations
