import json
import random
import re
from collections import Counter
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
ALLOWED_READ = re.compile(r"/api/v2/(integrations/[1-9][0-9]{0,18}|" + "|".join(READABLE) + r")(\?.*)?", re.DOTALL)
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


def all_different(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys are all different."""
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError
    return members


def may_leave_by_the_book(method: str, origin: str, path: str, body: bytes) -> bool:
    """The same decision, written anew from the design and with none of the guard's code."""
    if origin != ORIGIN:
        return False
    if method == "GET":
        return not body and ALLOWED_READ.fullmatch(path) is not None
    integration = re.fullmatch(r"/api/v2/integrations/([1-9][0-9]{0,18})", path)
    return method == "PATCH" and integration is not None and writes_one_mapping(integration[1], body)


def writes_one_mapping(record_id: str, body: bytes) -> bool:
    try:
        document = json.loads(body.decode("utf-8"), object_pairs_hook=all_different)
    except (ValueError, RecursionError):
        return False
    match document:
        case {"data": {"type": "integrations", "id": given, "attributes": dict() as attributes} as data}:
            mapping = [name for name in attributes if name.endswith("_mapping")]
            rest = set(attributes) - set(mapping)
            return (
                (len(document), len(data), len(mapping)) == (1, 3, 1)
                and given == record_id
                and mapping[0] in MAPPINGS
                and isinstance(attributes[mapping[0]], dict)
                and rest <= DEFAULTS_OF[mapping[0]]
                and len(rest) <= 1
            )
    return False


DEFAULTS_OF: dict[str, set[str]] = {name: set() for name in MAPPINGS}
for _provider in PROVIDERS:
    for _name, _fact in _provider.mappings().items():
        DEFAULTS_OF[_name] |= {_fact.default} if _fact.default else set()
EVERY_NAME = sorted({name for provider in PROVIDERS for name, _, _ in provider.attributes()})
BITS = (
    *("", "/", "//", "..", "/../", "%2f", "%2e%2e", "?", "?a=1", "#", ";", "\\", "\n", "\x00", " ", "@", ":", "0", "1"),
    *("\uff11", "\u0661", "check", "sync", "people", "users", "integrations", "74211", "api", "v2", "{", "}", '"', ","),
    *(
        "null",
        "[]",
        "data",
        "_mapping",
        "account_code_mapping",
        "options",
        "\ud800".encode("utf-8", "replace").decode(),
    ),
)


def mutated(chance: random.Random, text: str) -> str:
    """A text with up to two bits put in, taken out, or put in place of others."""
    for _ in range(chance.choice((0, 0, 0, 1, 1, 2))):
        at = chance.randrange(len(text) + 1)
        text = text[:at] + chance.choice(BITS) + text[at + chance.choice((0, 0, 1, 2, 8)) :]
    return text


def body_of(chance: random.Random, record_id: str) -> bytes:
    """A body that could be a write, most often not one that is allowed."""
    names = chance.sample(EVERY_NAME, k=chance.choice((0, 0, 1, 2)))
    if chance.random() < 0.8:
        mapping = chance.choice(sorted(MAPPINGS))
        defaults = sorted(DEFAULTS_OF[mapping])
        names = [mapping, *(defaults[:1] if chance.random() < 0.5 else []), *(names if chance.random() < 0.3 else [])]
    values: tuple[Any, ...] = (HASH, {}, None, "200", [], {"600131": {"a": [1.5]}})
    attributes = {name: HASH if chance.random() < 0.8 else chance.choice(values) for name in names}
    data: dict[str, Any] = {"type": "integrations", "id": record_id, "attributes": attributes}
    if chance.random() < 0.1:
        data[chance.choice(("type", "id", "attributes", "relationships"))] = chance.choice(("74212", 74211, {}, None))
    text = json.dumps({"data": data} | ({"meta": {}} if chance.random() < 0.05 else {}))
    if chance.random() < 0.05:
        text = text.replace('"data": {', '"data": {}, "data": {', 1)
    return mutated(chance, text).encode("utf-8", "replace")


def test_a_hundred_thousand_mutated_requests_leave_or_stay_as_the_design_says() -> None:
    chance = random.Random(20)  # noqa: S311 - it is to be the same every time
    left: Counter[str] = Counter()
    for _ in range(100_000):
        record_id = chance.choice(("74211", "1", "9" * 19))
        method = chance.choice(("GET", "PATCH", "PATCH", "PATCH", "POST", "DELETE", "PUT", "get", "PATCH "))
        collection = chance.choice((*sorted(READABLE), "users", "deals", "organizations"))
        place = f"integrations/{record_id}" if method != "GET" or chance.random() < 0.5 else collection
        path = mutated(chance, f"{BASE}/{place}{chance.choice(('', '', '?page[size]=200'))}")
        origin = ORIGIN if chance.random() < 0.9 else mutated(chance, ORIGIN)
        body = body_of(chance, record_id) if method != "GET" or chance.random() < 0.1 else b""

        left[method] += (leaves := may_leave(method, path, body, origin))
        assert leaves is may_leave_by_the_book(method, origin, path, body), (method, origin, path, body)

    assert min(left["GET"], left["PATCH"]) > 2_000
    assert set(left.elements()) == {"GET", "PATCH"}
