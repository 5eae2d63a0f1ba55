"""Messages that no good client sends, the same for the same seed."""

import copy
import json
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from front_door import DESIGN, XERO_NL, XERO_UK

PASTED = "PASTED-by-mistake"
"""What a person may have pasted into a wrong argument. It is nobody's to repeat."""
ODD_TEXTS = (
    *("", " ", "\x00", "a\x00b", "\r\n", "\x1b[31m", "\u202eevil", "zero\u200bwidth", "\U000e0041", "\ufeff", "\x7f"),
    *(
        "\ud800",
        "x\udfffy",
        "\ud83d",
        "%s%n",
        "{0}",
        "${jndi:ldap://x}",
        "$(id)",
        "' OR 1=1 --",
        "<b>",
        "]]>",
        '"',
        "\\",
    ),
    *(
        "../people",
        "..%2f..",
        "//evil.example",
        "https://evil.example/",
        "\uff11\uff12",
        "12\n",
        "007",
        "-4",
        "0",
        "1e3",
        "1_000",
    ),
    *("9" * 20, "9" * 400, "x" * 300, "y" * 5000, "null", "true", "[]", "{}", '{"a":1}', "[" * 200, "NaN", XERO_UK),
    *("account_code_mapping", "plan_0", "plan_" + "0" * 32, "options", "request_token", "Design"),
)
ODD_NUMBERS = (0, -1, 1, 2**31, 2**53 + 1, 2**63, -(2**63) - 1, 10**30, 10**400, 0.5, -0.0, 1e300)
METHODS = (
    *("tools/call", "tools/list", "ping", "initialize", "server/discover", "resources/list", "resources/read"),
    *("resources/templates/list", "resources/subscribe", "prompts/list", "prompts/get", "completion/complete"),
    *("logging/setLevel", "subscriptions/listen", "tasks/get", "sampling/createMessage", "elicitation/create"),
    *("roots/list", "rpc.discover", "tools/nothing", "", "TOOLS/CALL", "tools/call\n", "__class__", "notifications/x"),
)
NOTICES = (
    *("notifications/initialized", "notifications/progress", "notifications/roots/list_changed", "notifications/x"),
    *("notifications/message", "notifications/tools/list_changed", "tools/call", "ping", ""),
)
CALLS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("list_integrations", {}),
    ("list_integrations", {"type": "xero", "state": "active", "subsidiary_id": "11204", "limit": 3, "sort": "-id"}),
    ("list_integrations", {"query": "Xero", "cursor": "MS5hYmM", "project_id": "1", "project_status": "1"}),
    ("get_integration", {"integration_id": XERO_UK, "section": "all"}),
    ("get_integration", {"integration_id": XERO_UK, "mapping": "account_code_mapping"}),
    ("check_integration", {"integration_id": XERO_NL}),
    (
        "update_mapping",
        {
            "integration_id": XERO_UK,
            "mapping": "account_code_mapping",
            "set": {"Design": "4030"},
            "remove": ["600203"],
            "expect": {DESIGN: "4010"},
            "default": "200",
            "accept": ["MAP101"],
            "reason": "tidying",
        },
    ),
    ("apply_mapping_plan", {"plan_id": "plan_" + "0" * 32, "accept": []}),
    (
        "copy_mapping",
        {"from_integration_id": XERO_UK, "to_integration_id": XERO_NL, "mapping": "account_code_mapping", "accept": []},
    ),
    ("list_changes", {"integration_id": XERO_UK, "limit": 5, "cursor": ""}),
    ("undo_change", {"change_id": "ch_0123456789ab", "accept": []}),
)
"""A call of each tool as it should be. The plan and the change do not exist."""


def odd_json(chance: random.Random, depth: int = 3) -> Any:
    """A value of any JSON type, odd more often than not."""
    kind = chance.randrange(8 if depth else 6)
    if kind == 0:
        return chance.choice((None, True, False))
    if kind == 1:
        return chance.choice(ODD_NUMBERS)
    if kind < 6:
        return chance.choice(ODD_TEXTS)
    members = [odd_json(chance, depth - 1) for _ in range(chance.randrange(4))]
    return members if kind == 6 else {chance.choice(ODD_TEXTS): member for member in members}


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in pairs:
        yield from _places(member, (*path, key))


def mutated(chance: random.Random, value: Any) -> Any:
    """A copy with one to three places changed, emptied, renamed or added to."""
    value = copy.deepcopy(value)
    for _ in range(chance.randrange(1, 4)):
        places = list(_places(value))
        if not places:
            return value
        *way, last = chance.choice(places)
        holder = value
        for step in way:
            holder = holder[step]
        deed = chance.randrange(5)
        if deed == 0:
            del holder[last]
        elif deed == 1 and isinstance(holder, dict):
            holder[chance.choice(ODD_TEXTS)] = holder.pop(last)
        elif deed == 2 and isinstance(holder[last], dict):
            holder[last][chance.choice(ODD_TEXTS)] = odd_json(chance)
        else:
            holder[last] = odd_json(chance)
    return value


@dataclass(frozen=True)
class Message:
    """Bytes for the wire. `due` is the id of an answer that has to come; without it one may come."""

    raw: bytes
    due: str | int | None = None
    shape: str = ""


JSON_HEADERS = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
HEADERS: dict[str, tuple[str, ...]] = {
    "Host": ("127.0.0.1", "localhost:1", "evil.example", "127.0.0.1.evil.example", "[::1]:8000", ""),
    "Origin": ("http://localhost", "http://evil.example", "null", "file://", "http://127.0.0.1:3000"),
    "Content-Type": ("text/plain", "application/xml", "application/json; charset=utf-16", "", "multipart/form-data"),
    "Accept": ("*/*", "text/html", "application/json", "text/event-stream", ""),
    "MCP-Protocol-Version": ("2026-07-28", "2025-06-18", "2025-11-25", "2024-11-05", "1999-01-01", ""),
    "Mcp-Session-Id": ("0" * 32, "", "../..", "x" * 3_000),
    "Mcp-Method": ("tools/list", "tools/call", "ping", ""),
    "Mcp-Name": ("update_mapping", "apply_mapping_plan", "nothing", ""),
    "Last-Event-ID": ("1", "x"),
    "Transfer-Encoding": ("gzip", "identity"),
    "Authorization": ("Bearer x", f"Basic {PASTED}"),
    "X-Auth-Token": (PASTED,),
    "X-Productive-Url": ("https://evil.example/",),
    "X-Forwarded-Host": ("evil.example",),
}
ODD_HEADERS = (
    "",
    "\x00",
    "\x7f",
    "\u00ff\u00fe",
    "x" * 2_000,
    "a, b",
    "=?utf-8?b?eA==?=",
    "2026-07-28, 2025-06-18",
    PASTED,
)


@dataclass(frozen=True)
class Post:
    """A request to the HTTP address. `way` is how its body is framed, or where it breaks off."""

    method: str
    headers: dict[str, str]
    body: bytes
    way: str = "length"
    due: str | int | None = None
    shape: str = ""

    @property
    def raw(self) -> bytes:
        """The bytes for the socket."""
        headers = {"Host": "127.0.0.1"} | self.headers
        body, framing = self.body, f"Content-Length: {len(self.body)}"
        if self.way == "cut":
            framing = f"Content-Length: {len(body) + 10}"
        elif self.way != "length":
            framing = "Transfer-Encoding: chunked"
            parts = [body[at : at + 700] for at in range(0, len(body), 700)]
            body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
            body = {"chunks": body, "half a chunk": body[: len(body) // 2], "no chunk": b"zz\r\nnonsense\r\n"}[self.way]
        lines = [f"{self.method} /mcp HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), framing]
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + body

    @property
    def ends_here(self) -> bool:
        """Whether nothing more can be said on the connection."""
        return self.way in {"cut", "half a chunk"}


def _named_in(raw: bytes) -> dict[str, str]:
    """The headers in which the newer protocol names method and tool again, where they can be."""
    try:
        message = json.loads(raw)
        named = {"Mcp-Method": message["method"], "Mcp-Name": message["params"]["name"]}
    except (ValueError, TypeError, KeyError, IndexError, RecursionError):
        return {}
    return {name: text for name, text in named.items() if isinstance(text, str) and re.fullmatch(r"[!-~]+", text)}


@dataclass
class Hostile:
    """Makes messages. `envelope` goes into `_meta` of each request, as the newer protocol wants it."""

    seed: int
    envelope: dict[str, Any] = field(default_factory=dict)
    numbers: int = 1_000

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)  # noqa: S311 - it is to be the same every time
        self._shapes: tuple[tuple[int, Callable[[], Message]], ...] = (
            (30, self._odd_arguments),
            (14, self._mutated_request),
            (8, self._valid_call),
            (8, self._other_method),
            (6, self._odd_id),
            (6, self._notice),
            (5, self._answer_nobody_asked_for),
            (5, self._batch),
            (5, self._cut_or_glued),
            (4, self._garbage),
            (3, self._bad_text),
            (3, self._doubled_keys),
            (3, self._nested),
            (1, self._odd_number),
        )

    def messages(self, number: int) -> Iterator[Message]:
        """So many of them."""
        weights, makers = zip(*self._shapes, strict=True)
        for make in self.chance.choices(makers, weights, k=number):
            yield make()

    def long_ones(self) -> Iterator[Message]:
        """What is much longer than a message should be: with an answer to each up to eight million bytes."""
        for size in (300_000, 1_000_000, 7_000_000, 20_000_000):
            call = {"name": "list_integrations", "arguments": {"query": "x" * size}}
            fits = size < 8_000_000
            yield self._sent(self.request("tools/call", call), "long", due=fits)
            yield Message(b"[" * size, shape="long")
            yield Message(bytes(size // 4), shape="long")

    def posts(self, number: int, session: str) -> Iterator["Post"]:
        """So many requests to the HTTP address; `session` is a session of the older protocol."""
        for message in self.messages(number):
            yield self._post(message, session)

    def _post(self, message: Message, session: str) -> "Post":
        chance = self.chance
        headers = dict(JSON_HEADERS)
        if self.envelope:
            headers |= {"MCP-Protocol-Version": "2026-07-28"} | _named_in(message.raw)
        else:
            headers["Mcp-Session-Id"] = session
        deeds = chance.choices(range(8), (60, 8, 8, 8, 4, 4, 4, 4))[0]
        method, way, due = "POST", "length", message.due
        if deeds == 1:
            headers |= {chance.choice(tuple(HEADERS)): chance.choice(ODD_HEADERS)}
        elif deeds == 2:
            name = chance.choice(tuple(HEADERS))
            headers[name] = chance.choice(HEADERS[name])
        elif deeds == 3:
            del headers[chance.choice(tuple(headers))]
        elif deeds == 4:
            method = chance.choice(("GET", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "post", "BREW"))
            if session and not self.envelope:
                headers["Mcp-Session-Id"] = "0" * 32
        elif deeds == 5:
            way = "chunks"
        elif deeds == 6:
            way = chance.choice(("cut", "half a chunk", "no chunk"))
        elif deeds == 7:
            headers["Content-Encoding"] = chance.choice(("gzip", "br", "\u00ff", "identity"))
        return Post(method, headers, message.raw, way, due if deeds in {0, 5} else None, message.shape)

    def request(self, method: Any, params: Any = None, number: Any = None) -> dict[str, Any]:
        """A request as it should be, but for what it is given."""
        if number is None:
            self.numbers += 1
            number = self.numbers if self.numbers % 3 else f"text-{self.numbers}"
        message = {"jsonrpc": "2.0", "id": number, "method": method}
        if self.envelope and (params is None or isinstance(params, dict)):
            params = {**(params or {}), "_meta": self.envelope}
        return message if params is None else message | {"params": params}

    def _sent(self, message: Any, shape: str, *, due: bool = False) -> Message:
        ascii_only = self.chance.random() < 0.5 or _half_a_pair(message)
        raw = json.dumps(message, ensure_ascii=ascii_only, separators=self.chance.choice(((",", ":"), (" , ", " : "))))
        return Message(raw.encode(), message["id"] if due else None, shape)

    def _valid_call(self) -> Message:
        name, arguments = self.chance.choice(CALLS)
        return self._sent(self.request("tools/call", {"name": name, "arguments": arguments}), "valid call", due=True)

    def _odd_arguments(self) -> Message:
        name, arguments = self.chance.choice(CALLS)
        call = {"name": name, "arguments": mutated(self.chance, {"arguments": arguments}).get("arguments", {})}
        due = isinstance(call["arguments"], dict)
        if due and self.chance.random() < 0.3:
            name = self.chance.choice([*call["arguments"], "token"])
            call["arguments"][name] = self.chance.choice((PASTED, [PASTED], {"x": PASTED}, PASTED * 100))
        return self._sent(self.request("tools/call", call), "odd arguments", due=due)

    def _mutated_request(self) -> Message:
        name, arguments = self.chance.choice(CALLS)
        message = mutated(self.chance, self.request("tools/call", {"name": name, "arguments": arguments}))
        return self._sent(message, "mutated request")

    def _other_method(self) -> Message:
        method = self.chance.choice(METHODS) if self.chance.random() < 0.7 else odd_json(self.chance)
        params = self.chance.choice((None, {}, {"cursor": odd_json(self.chance)}, odd_json(self.chance)))
        if self.chance.random() < 0.3:
            params = {
                "name": odd_json(self.chance),
                "uri": odd_json(self.chance),
                "ref": {"type": "ref/prompt", "name": odd_json(self.chance)},
                "argument": {"name": odd_json(self.chance), "value": odd_json(self.chance)},
                "_meta": odd_json(self.chance),
            }
        due = isinstance(method, str) and (params is None or isinstance(params, dict)) and "listen" not in method
        return self._sent(self.request(method, params), "other method", due=due)

    def _odd_id(self) -> Message:
        name, arguments = self.chance.choice(CALLS)
        call = {"name": name, "arguments": arguments}
        return self._sent(self.request("tools/call", call, odd_json(self.chance)), "odd id")

    def _notice(self) -> Message:
        message: dict[str, Any] = {"jsonrpc": "2.0", "method": self.chance.choice(NOTICES)}
        if self.chance.random() < 0.3:
            # An id of nobody: a request that is cancelled needs no answer, and each request here is watched.
            message["method"] = "notifications/cancelled"
            message["params"] = {"requestId": self.chance.choice((7, "7", None, -1, 10**30, "\x00")), "reason": PASTED}
        elif self.chance.random() < 0.7:
            message["params"] = odd_json(self.chance)
        return self._sent(message, "notice")

    def _answer_nobody_asked_for(self) -> Message:
        accept = {"action": "accept", "content": {"apply": True}}
        message = {"jsonrpc": "2.0", "id": self.chance.choice((0, 1, 2, "0", odd_json(self.chance)))}
        error = {"code": self.chance.choice((-32603, odd_json(self.chance))), "message": odd_json(self.chance)}
        part = self.chance.choice(({"result": accept}, {"result": odd_json(self.chance)}, {"error": error}))
        return self._sent(message | part, "answer nobody asked for")

    def _batch(self) -> Message:
        name, arguments = self.chance.choice(CALLS)
        members = [
            self.request("tools/call", {"name": name, "arguments": arguments}) for _ in range(self.chance.randrange(4))
        ]
        return self._sent([*members, odd_json(self.chance)], "batch")

    def _cut_or_glued(self) -> Message:
        raw = self._valid_call().raw
        place = self.chance.randrange(1, len(raw))
        return Message(raw[:place] if self.chance.random() < 0.5 else raw[:place] + raw, shape="cut or glued")

    def _garbage(self) -> Message:
        raw = self.chance.randbytes(self.chance.randrange(1, 200)).replace(b"\n", b"\x00")
        return Message(raw if self.chance.random() < 0.7 else bytes(1) * self.chance.randrange(1, 50), shape="garbage")

    def _bad_text(self) -> Message:
        raw = self._valid_call().raw
        odd = self.chance.choice((b"\xff", b"\xed\xa0\x80", b"\xc0\xaf", b"\\ud800", b"\\udfff", b"\x00", b"\\u0000"))
        quotes = [place for place, byte in enumerate(raw) if byte == ord('"')]
        place = self.chance.choice(quotes) + self.chance.randrange(2)
        return Message(raw[:place] + odd + raw[place:], shape="bad text")

    def _doubled_keys(self) -> Message:
        raw = self._valid_call().raw
        extra = self.chance.choice((b'"id":5,', b'"method":"ping",', b'"params":{},', b'"jsonrpc":"1.0",'))
        return Message(raw[:1] + extra + raw[1:], shape="doubled keys")

    def _nested(self) -> Message:
        depth = self.chance.choice((10, 60, 70, 150, 300, 1_000, 20_000))
        opening, closing = self.chance.choice(((b"[", b"]"), (b'{"a":', b"}")))
        nest = opening * depth + b"1" + closing * depth
        raw = self._sent(self.request("tools/call", {"name": "list_integrations", "arguments": {"query": "@"}}), "").raw
        return Message(self.chance.choice((nest, raw.replace(b'"@"', nest))), shape="nested")

    def _odd_number(self) -> Message:
        number = self.chance.choice((b"NaN", b"-Infinity", b"1e999", b"-0", b"01", b"1" * 5_000, b"0x10"))
        raw = self._sent(self.request("tools/call", {"name": "list_integrations", "arguments": {"limit": "@"}}), "").raw
        return Message(raw.replace(b'"@"', number), shape="odd number")


def _half_a_pair(value: Any) -> bool:
    return any("\ud800" <= char <= "\udfff" for char in json.dumps(value, ensure_ascii=False))
