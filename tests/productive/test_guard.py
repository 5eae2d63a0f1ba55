import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from productive_integrations.app.build import exit_guard
from productive_integrations.productive.guard import READABLE, Forbidden
from productive_integrations.providers import PROVIDERS

ORIGIN = "https://api.productive.io"
BASE = "/api/v2"
GUARD = exit_guard(f"{ORIGIN}{BASE}/")
XERO = f"{BASE}/integrations/74211"
MAPPINGS = {name: fact.default for provider in PROVIDERS for name, fact in provider.mappings().items()}
HASH = {"600131": "200"}
HOMES = [
    pytest.param(provider, name, id=f"{provider.__name__}-{name}")
    for provider in PROVIDERS
    for name in provider.mappings()
]


def may_leave(method: str, path: str, body: bytes = b"", origin: str = ORIGIN) -> bool:
    try:
        GUARD.check(method, origin, path, body)
    except Forbidden:
        return False
    return True


def written(attributes: Any, **changed: Any) -> bytes:
    return json.dumps({"data": {"type": "integrations", "id": "74211", "attributes": attributes} | changed}).encode()


def is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and not text.startswith("0") and len(text) < 20


PIECES = st.sampled_from(
    [
        *(
            "/",
            "//",
            "/.",
            "/..",
            "/%2e%2e",
            "%2f",
            "\\",
            ";",
            "?",
            "?x=1",
            "#",
            "\n",
            "\r\n",
            " ",
            "\x00",
            "/api",
            "/v2",
        ),
        *("/integrations", "/people", "/users", "/deals", "/tax_rates", "/INTEGRATIONS", "/integrations?", "/check"),
        *(
            "/74211",
            "/0",
            "/007",
            "/-4",
            "/\uff11\uff12",
            "/74211/",
            "/99999999999999999999",
            "/sync",
            "/connect",
            "/1",
        ),
    ]
)
PATHS = st.lists(PIECES, max_size=5).map("".join) | st.lists(PIECES, max_size=3).map(lambda rest: BASE + "".join(rest))
METHODS = st.sampled_from(["GET", "PATCH", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "get", "patch", "", "GET "])


@given(METHODS, PATHS, st.sampled_from([b"", b" ", written({"account_code_mapping": HASH})]))
@example("GET", f"{BASE}/people", b"")
@example("GET", XERO, b"")
@example("PATCH", XERO, written({"account_code_mapping": HASH}))
def test_nothing_leaves_but_reads_of_the_paths_in_use_and_a_mapping_of_one_integration(
    method: str, path: str, body: bytes
) -> None:
    parts = path.partition("?")[0].split("/")
    collection = len(parts) == 4 and parts[3] in READABLE
    integration = len(parts) == 5 and parts[3] == "integrations" and is_id(parts[4])
    if parts[:3] != ["", "api", "v2"]:
        allowed = False
    elif method == "GET":
        allowed = not body and (collection or integration)
    else:
        allowed = method == "PATCH" and path == XERO and len(body) > 1

    assert may_leave(method, path, body) is allowed


@pytest.mark.parametrize(
    "path",
    [
        f"{BASE}/people/1",
        f"{BASE}/people/",
        f"{BASE}/peoples",
        f"{BASE}/people%2f1",
        f"{BASE}/users",
        f"{BASE}//people",
        f"{BASE}/../people",
        f"{BASE}/people/../users",
        f"{BASE}/integrations/74211/check",
        f"{BASE}/integrations/74211/sync",
        f"{BASE}/integrations/74211/",
        f"{BASE}/integrations/0",
        f"{BASE}/integrations/12\n",
        f"{BASE}/integrations/\uff11\uff12",
        f"{BASE}/integrations/{'1' * 20}",
        f"{BASE}x/people",
        "/api/v20/people",
        "/people",
        BASE,
        "",
    ],
    ids=ascii,
)
def test_no_other_path_is_read_or_written(path: str) -> None:
    assert not may_leave("GET", path)
    assert not may_leave("GET", f"{path}?page[size]=1")
    assert not may_leave("PATCH", path, written({"account_code_mapping": HASH}))


@pytest.mark.parametrize(
    "changed", [{"id": "74212"}, {"id": 74211}, {"type": "people"}, {"relationships": {}}, {"meta": {}}], ids=str
)
def test_a_body_about_something_else_than_its_address_stays(changed: dict[str, Any]) -> None:
    assert may_leave("PATCH", XERO, written({"account_code_mapping": HASH}))
    assert not may_leave("PATCH", XERO, written({"account_code_mapping": HASH}, **changed))


NAMES = st.sampled_from(
    [
        "account_code_mapping",
        "account_code",
        "tax_rate_mapping",
        "item_mapping",
        "name",
        "options",
        "deactivated_at",
        "",
    ]
)
VALUES = st.sampled_from([HASH, {}, None, "200", 200, [], [HASH], True])
ATTRIBUTES = st.dictionaries(NAMES, VALUES, max_size=3) | VALUES
MEMBERS = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["integrations", "people", None, 1]),
        "id": st.sampled_from(["74211", "74212", 74211, None, ["74211"]]),
        "attributes": ATTRIBUTES,
        "relationships": st.just({}),
    },
)
DATA = st.one_of(
    MEMBERS,
    ATTRIBUTES.map(lambda attributes: {"type": "integrations", "id": "74211", "attributes": attributes}),
    VALUES,
)
DOCUMENTS = st.one_of(
    DATA.map(lambda data: {"data": data}), DATA.map(lambda data: {"data": data, "meta": {}}), VALUES, st.text()
)


def is_a_mapping_with_its_default(document: Any) -> bool:
    match document:
        case {"data": {"type": "integrations", "id": "74211", "attributes": dict() as attributes, **others}, **beside}:
            mappings = [name for name in attributes if name in MAPPINGS]
            return (
                not others
                and not beside
                and len(mappings) == 1
                and isinstance(attributes[mappings[0]], dict)
                and set(attributes) <= {mappings[0], MAPPINGS[mappings[0]]}
            )
    return False


@given(DOCUMENTS)
def test_of_all_bodies_only_one_mapping_with_its_default_leaves(document: Any) -> None:
    assert may_leave("PATCH", XERO, json.dumps(document).encode()) is is_a_mapping_with_its_default(document)


@given(st.binary())
def test_bytes_that_are_no_such_body_are_forbidden_and_nothing_worse(body: bytes) -> None:
    assert not may_leave("PATCH", XERO, body)


@pytest.mark.parametrize(("provider", "mapping"), HOMES)
def test_every_mapping_of_every_type_leaves_alone_and_with_its_own_default(provider: Any, mapping: str) -> None:
    default = provider.mappings()[mapping].default

    assert may_leave("PATCH", XERO, written({mapping: HASH}))
    if default:
        assert may_leave("PATCH", XERO, written({mapping: HASH, default: "200"}))
        assert not may_leave("PATCH", XERO, written({default: "200"}))


@pytest.mark.parametrize(
    "attributes",
    [
        {"account_code_mapping": HASH, "tax_rate_mapping": HASH},
        {"account_code_mapping": HASH, "name": "x"},
        {"account_code_mapping": HASH, "request_token": "x"},
        {"account_code_mapping": HASH, "xero_default_expense_account_code": "200"},
        {"account_code_mapping": None},
        {"account_code_mapping": "200"},
        {"account_code": "200"},
        {"deactivated_at": None},
        {},
    ],
    ids=str,
)
def test_any_other_attributes_stay(attributes: dict[str, Any]) -> None:
    assert not may_leave("PATCH", XERO, written(attributes))


def test_a_body_with_a_key_twice_stays_whichever_one_counts() -> None:
    fine = written({"account_code_mapping": HASH}).decode()
    hidden = fine.replace('"attributes":', '"attributes": {"options": {}}, "attributes":', 1)

    assert json.loads(hidden) == json.loads(fine)
    assert not may_leave("PATCH", XERO, hidden.encode())


@pytest.mark.parametrize(
    "origin",
    [
        "http://api.productive.io",
        "https://api.productive.io:8443",
        "https://api.productive.io.evil.example",
        "https://user@api.productive.io",
        "https://API.productive.io",
        "",
    ],
)
def test_another_origin_gets_nothing(origin: str) -> None:
    assert not may_leave("GET", XERO, origin=origin)


@pytest.mark.parametrize("address", ["http://127.0.0.1:8787/api/v2/", "https://proxy.example/productive/"])
def test_the_base_address_is_the_configured_one(address: str) -> None:
    guard = exit_guard(address)
    origin, _, path = address.removesuffix("/").rpartition("/productive")
    if "/api/v2" in address:
        origin, path = "http://127.0.0.1:8787", "/api/v2"
    else:
        path = "/productive"

    guard.check("GET", origin, f"{path}/people", b"")
    with pytest.raises(Forbidden):
        guard.check("GET", origin, f"{path}x/people", b"")
    with pytest.raises(Forbidden):
        guard.check("GET", origin, "/people", b"")
