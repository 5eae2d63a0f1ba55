"""Several processes on one address: the real command, clients of both generations, signals."""

import os
import re
import signal
import sqlite3
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psycopg
import pytest
from mcp import Client
from mcp.client.session import ClientRequestContext
from mcp.types import ElicitRequestParams, ElicitResult

from front_door import XERO_UK, FrontDoor, Generation, Person, content_of
from issuer import MODERN, Issuer, client_with, issuing, tool_call
from postgres import empty_database
from processes import PATIENCE, Wire, free_port, run, started, until
from productive_integrations.sandbox import Sandbox
from productive_integrations.sandbox.faults import Fault

GENERATIONS = pytest.mark.parametrize("generation", ["auto", "legacy"])
EDIT = {"integration_id": XERO_UK, "mapping": "account_code_mapping", "set": {"Design": "4030"}}


def condition(pid: int) -> str:
    """A letter: T for stopped, Z for ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return "Z"


def alive(pid: int) -> bool:
    return condition(pid) != "Z"


def nobody_writes(state: str) -> bool:
    """Whether no process is in the middle of a transaction."""
    if state.startswith("postgresql"):
        others = "SELECT 1 FROM pg_stat_activity WHERE state <> 'idle' AND pid <> pg_backend_pid()"
        with psycopg.connect(state, autocommit=True) as session:
            return session.execute(others).fetchone() is None
    try:
        with closing(sqlite3.connect(state, timeout=0, isolation_level=None)) as file:
            file.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError:
        return False
    return True


@dataclass
class Team:
    """The command with two workers."""

    wire: Wire
    url: str
    http: httpx.Client
    state: str = ""
    token: str | None = None

    @property
    def workers(self) -> list[int]:
        """The newest two that were started."""
        return [int(pid) for pid in re.findall(r"worker (\d+) started", self.wire.errors.read_text())][-2:]

    def serving(self) -> bool:
        assert self.wire.process.poll() is None, self.wire.errors.read_text()
        try:
            return self.http.get(f"{self.url}/healthz", timeout=2).status_code == 200
        except httpx.TransportError:
            return False

    def leave_it_to(self, worker: int) -> None:
        """Stop the others, so that this one must serve what comes next."""
        self.go_on()
        for pid in self.workers:
            if pid != worker:
                until(lambda pid=pid: self.stopped(pid), "stopping between two writes")
        until(self.serving, f"serving by worker {worker}")

    def stopped(self, worker: int) -> bool:
        """Stop a worker, but not while it keeps the others from the state."""
        os.kill(worker, signal.SIGSTOP)
        until(lambda: condition(worker) == "T", "stopping")
        if nobody_writes(self.state):
            return True
        os.kill(worker, signal.SIGCONT)
        return False

    def go_on(self) -> None:
        for pid in self.workers:
            os.kill(pid, signal.SIGCONT)

    @asynccontextmanager
    async def client(self, generation: Generation, person: Person | None = None) -> AsyncIterator[Client]:
        async with client_with(self.token, f"{self.url}/mcp", generation, person, keep_connections=False) as client:
            yield client


@contextmanager
def several_workers(errors: Path, door: FrontDoor, number: int, **settings: str) -> Iterator[Team]:
    """Each has been seen to serve. One is no worker of a parent but the process itself."""
    given = {
        "api_token": door.sandbox.token,
        "organization_id": door.sandbox.organization_id,
        "base_url": door.api_url,
        "state": str(door.state),
    } | settings
    port = free_port()
    with (
        httpx.Client(trust_env=False, timeout=PATIENCE, limits=httpx.Limits(max_keepalive_connections=0)) as http,
        started(errors, "http", "--port", str(port), "--workers", str(number), **given) as wire,
    ):
        team = Team(wire, f"http://127.0.0.1:{port}", http, given["state"])
        until(lambda: number == 1 or len(team.workers) == number, "starting all")
        until(team.serving, "serving")
        for worker in team.workers:
            team.leave_it_to(worker)
        team.go_on()
        try:
            yield team
        finally:
            for pid in team.workers:
                if alive(pid):
                    os.kill(pid, signal.SIGKILL)


@pytest.fixture(name="team")
def _team(door: FrontDoor, tmp_path: Path) -> Iterator[Team]:
    with several_workers(tmp_path / "stderr", door, 2) as team:
        yield team


def from_a_terminal(team: Team) -> None:
    """Ctrl-C reaches every process of the group."""
    for pid in team.workers:
        os.kill(pid, signal.SIGINT)


def ended_well(team: Team, number: signal.Signals = signal.SIGTERM) -> None:
    workers = team.workers
    team.wire.process.send_signal(number)
    assert team.wire.process.wait(PATIENCE) == 0, team.wire.errors.read_text()
    assert not any(alive(pid) for pid in workers)
    log = team.wire.errors.read_text()
    assert "Traceback" not in log
    assert Sandbox.token not in log


@dataclass
class ElsewhereAnswered(Person):
    """Answers once another worker than the one that asked has to take the answer."""

    team: Team | None = field(default=None)
    moved: bool = False

    async def answer(self, context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
        assert self.team
        self.team.leave_it_to(self.team.workers[1])
        self.moved = True
        return await super().answer(context, params)


@pytest.mark.anyio
async def test_a_person_who_was_asked_by_one_worker_is_heard_by_another(team: Team, door: FrontDoor) -> None:
    person = ElsewhereAnswered(team=team)
    team.leave_it_to(team.workers[0])

    async with team.client("auto", person) as client:
        outcome = content_of(await client.call_tool("update_mapping", EDIT))

    assert person.moved
    assert len(person.questions) == 1
    assert outcome["outcome"] == "applied"
    assert len(door.sent()) == 1
    team.go_on()
    ended_well(team)


@GENERATIONS
@pytest.mark.anyio
async def test_a_plan_made_by_one_worker_is_applied_by_another(
    team: Team, door: FrontDoor, generation: Generation
) -> None:
    first, second = team.workers
    team.leave_it_to(first)
    async with team.client(generation) as client:
        planned = content_of(await client.call_tool("update_mapping", EDIT))
        team.leave_it_to(second)
        applied = content_of(await client.call_tool("apply_mapping_plan", {"plan_id": planned["plan_id"]}))
        team.leave_it_to(first)
        again = content_of(await client.call_tool("apply_mapping_plan", {"plan_id": planned["plan_id"]}))

    assert planned["outcome"] == "approval_required"
    assert applied["outcome"] == "applied"
    assert again == applied
    assert len(door.sent()) == 1


@pytest.mark.anyio
async def test_workers_share_a_database_as_they_share_a_file(door: FrontDoor, postgres: str, tmp_path: Path) -> None:
    with several_workers(tmp_path / "stderr", door, 2, state=empty_database(postgres)) as team:
        first, second = team.workers
        team.leave_it_to(first)
        async with team.client("auto") as client:
            plan = {"plan_id": content_of(await client.call_tool("update_mapping", EDIT))["plan_id"]}
            team.leave_it_to(second)
            applied = content_of(await client.call_tool("apply_mapping_plan", plan))
        team.go_on()
        ended_well(team)

    assert applied["outcome"] == "applied"
    assert len(door.sent()) == 1


# Generation, mode of approval, whether the client can ask: how often its person is asked, and the outcome.
LADDER = [
    ("auto", "host", True, 1, "applied"),
    ("auto", "host", False, 0, "approval_required"),
    ("auto", "human", True, 1, "applied"),
    ("auto", "human", False, 0, "approval_required"),
    ("auto", "none", True, 0, "applied"),
    ("legacy", "host", True, 0, "approval_required"),
    ("legacy", "host", False, 0, "approval_required"),
    ("legacy", "human", True, 0, "approval_required"),
    ("legacy", "human", False, 0, "approval_required"),
    ("legacy", "none", True, 0, "applied"),
]


@pytest.mark.parametrize("approval", ["host", "human", "none"])
@pytest.mark.anyio
async def test_both_generations_read_and_edit_through_two_workers(
    door: FrontDoor, tmp_path: Path, approval: str
) -> None:
    """With several workers an older client is served without a session, so nobody can be asked through it."""
    with several_workers(tmp_path / "stderr", door, 2, approval=approval) as team:
        for number, (generation, mode, can_ask, asked, outcome) in enumerate(LADDER):
            if mode != approval:
                continue
            person, code = Person(), f"40{number + 30}"
            async with team.client(generation, person if can_ask else None) as client:  # type: ignore[arg-type]
                rows = content_of(await client.call_tool("list_integrations", {}))["integrations"]
                edit = EDIT | {"set": {"Design": code}, "accept": []}
                result = content_of(await client.call_tool("update_mapping", edit))
                if result["outcome"] == "blocked":
                    rules = [finding["rule"] for finding in result["findings"]]
                    result = content_of(await client.call_tool("update_mapping", edit | {"accept": rules}))

            assert len(rows) >= 31
            assert (len(person.questions), result["outcome"]) == (asked, outcome), (generation, mode, can_ask)
        ended_well(team)


@pytest.mark.anyio
async def test_subjects_are_told_apart_on_every_worker(door: FrontDoor, tmp_path: Path) -> None:
    with (
        issuing("https://mcp.example.com/mcp") as issuer,
        several_workers(tmp_path / "stderr", door, 2, **issuer.settings) as team,
    ):
        await _steal(team, issuer)
        ended_well(team)


async def _steal(team: Team, issuer: Issuer) -> None:
    first, second = team.workers
    team.token = issuer.token(sub="ana")
    team.leave_it_to(first)
    async with team.client("auto") as ana:
        plan = {"plan_id": content_of(await ana.call_tool("update_mapping", EDIT))["plan_id"]}
    team.leave_it_to(second)
    team.token = issuer.token(sub="ben")
    async with team.client("auto") as ben:
        assert (await ben.call_tool("apply_mapping_plan", plan)).is_error
    team.token = issuer.token(sub="ana")
    async with team.client("auto") as ana:
        assert content_of(await ana.call_tool("apply_mapping_plan", plan))["outcome"] == "applied"
    team.go_on()
    assert team.http.post(f"{team.url}/mcp").status_code == 401


@pytest.mark.anyio
async def test_a_worker_that_dies_is_replaced(team: Team) -> None:
    first, second = team.workers

    os.kill(first, signal.SIGKILL)
    until(lambda: team.workers[0] == second, "a replacement")
    replacement = team.workers[1]
    os.kill(second, signal.SIGKILL)
    until(lambda: team.workers[0] == replacement, "a second replacement")
    until(team.serving, "serving")
    async with team.client("auto") as client:
        rows = content_of(await client.call_tool("list_integrations", {}))["integrations"]

    assert rows
    assert not alive(first)
    assert f"worker {first} ended with -9; another takes its place" in team.wire.errors.read_text()
    ended_well(team)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_a_signal_ends_all_in_good_order(team: Team, number: signal.Signals) -> None:
    ended_well(team, number)

    with pytest.raises(httpx.ConnectError):
        team.http.get(f"{team.url}/healthz")


def test_a_signal_to_every_process_as_from_a_terminal_ends_all_in_good_order(team: Team) -> None:
    from_a_terminal(team)

    ended_well(team, signal.SIGINT)


def test_workers_do_not_outlive_a_parent_that_was_killed(team: Team) -> None:
    workers = team.workers

    team.wire.process.kill()

    until(lambda: not any(alive(pid) for pid in workers), "the workers' end")
    assert "Traceback" not in team.wire.errors.read_text()


def test_no_command_line_has_a_secret(team: Team) -> None:
    for pid in (team.wire.process.pid, *team.workers):
        assert Sandbox.token.encode() not in Path(f"/proc/{pid}/cmdline").read_bytes()


def calling(team: Team, answers: list[httpx.Response]) -> threading.Thread:
    """Edit in a thread, so that a signal can be sent meanwhile."""
    body = tool_call("update_mapping", EDIT)
    headers = MODERN | {"Mcp-Name": "update_mapping"}
    thread = threading.Thread(
        target=lambda: answers.append(team.http.post(f"{team.url}/mcp", json=body, headers=headers)), daemon=True
    )
    thread.start()
    return thread


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.anyio
async def test_a_write_under_way_is_finished_answered_and_written_down_before_the_end(
    door: FrontDoor, tmp_path: Path, number: signal.Signals, workers: int
) -> None:
    door.sandbox.faults.append(Fault(kind="slow", method="PATCH", seconds=2))
    answers: list[httpx.Response] = []
    with several_workers(tmp_path / "stderr", door, workers, approval="none") as team:
        thread = calling(team, answers)
        until(door.sent, "the PATCH")
        if number == signal.SIGINT:
            from_a_terminal(team)
        ended_well(team, number)
        thread.join(PATIENCE)

    assert answers[0].json()["result"]["structuredContent"]["outcome"] == "applied"
    assert len(door.sent()) == 1
    async with door.client() as client:
        [change] = content_of(await client.call_tool("list_changes", {}))["changes"]
    assert change["outcome"] == "applied"


@pytest.mark.parametrize("number", ["0", "-1", "65", "two", "1.5", ""])
def test_a_number_of_workers_that_is_none_is_refused_by_its_name(number: str) -> None:
    ended = run("http", "--demo", f"--workers={number}")

    assert ended.returncode == 2
    assert "--workers" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_the_demo_has_workers_too(tmp_path: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with (
        httpx.Client(trust_env=False, timeout=PATIENCE) as http,
        started(tmp_path / "stderr", "http", "--demo", "--port", str(port), "--workers", "2") as wire,
    ):
        team = Team(wire, url, http)
        until(team.serving, "serving")
        answer = http.get(f"{url}/readyz")
        ended_well(team)

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
