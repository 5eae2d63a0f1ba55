import ast
import sys
from pathlib import Path

import httpx

import productive_integrations.sandbox
from productive_integrations.sandbox import Fault, Sandbox, Switches


def test_a_fresh_organization_is_the_same_every_time() -> None:
    assert Sandbox().records == Sandbox().records


def test_records_can_be_added_archived_and_deleted(sandbox: Sandbox, api: httpx.Client) -> None:
    rate = sandbox.add("tax_rates", name="BTW 12%", primary_component_value=12.0, subsidiary="11871")
    kind = sandbox.add("service_types", name="X")
    shown = api.get(f"tax_rates/{rate}", params={"include": "subsidiary"}).json()["data"]
    assert shown["relationships"]["subsidiary"]["data"] == {"type": "subsidiaries", "id": "11871"}
    sandbox.archive("service_types", kind)
    found = api.get("service_types", params={"filter[status]": "2", "filter[name]": "X"}).json()["data"]
    assert [record["id"] for record in found] == [kind]
    sandbox.delete("service_types", kind)
    assert api.get(f"service_types/{kind}").status_code == 404


def test_a_new_integration_has_every_attribute(sandbox: Sandbox, api: httpx.Client) -> None:
    made = sandbox.add("integrations", integration_type_id=3, name="Xero SE", subsidiary="12350")
    assert len(api.get(f"integrations/{made}").json()["data"]["attributes"]) == 132


def test_records_changed_in_place_are_served(sandbox: Sandbox, api: httpx.Client) -> None:
    sandbox.integrations["74211"].attributes["account_code_mapping"]["600131"] = "changed"
    sandbox.integrations["74211"].relationships["subsidiary"] = None
    data = api.get("integrations/74211", params={"include": "subsidiary"}).json()["data"]
    assert data["attributes"]["account_code_mapping"]["600131"] == "changed"
    assert data["relationships"]["subsidiary"] == {"data": None}


def test_reset_brings_everything_back(sandbox: Sandbox) -> None:
    sandbox.delete("integrations", "74211")
    sandbox.switches.patch_mode = "merge"
    sandbox.faults.append(Fault(kind="bomb"))
    sandbox.reset()
    assert sandbox.records == Sandbox().records
    assert sandbox.switches == Switches()
    assert sandbox.faults == []


def test_a_file_keeps_what_changed(tmp_path: Path) -> None:
    path = tmp_path / "organization.json"
    first = Sandbox(state=path)
    made = first.add("service_types", name="Kept")
    first.delete("integrations", "74211")
    second = Sandbox(state=path)
    assert second.records == first.records
    assert second.records["service_types"][made].attributes["name"] == "Kept"
    second.reset()
    assert Sandbox(state=path).records == Sandbox().records


def test_it_shares_no_code_with_the_rest() -> None:
    allowed = {*sys.stdlib_module_names, "pydantic", "starlette", "uvicorn"}
    for module in Path(productive_integrations.sandbox.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                name = node.module or ""
                own = node.level == 1 or name.startswith("productive_integrations.sandbox")
                assert own or name.partition(".")[0] in allowed, module
            if isinstance(node, ast.Import):
                assert {name.name.partition(".")[0] for name in node.names} <= allowed, module
