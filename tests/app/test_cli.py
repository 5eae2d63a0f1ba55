"""The command itself: starts that work, starts that cannot, and what each says."""

import os
import re
import shlex
import signal
import socket
from pathlib import Path

import httpx
import pytest

import productive_integrations
from processes import PATIENCE, at_a_terminal, at_pipes, free_port, ran, run, serves, started, until, without_streams
from productive_integrations.sandbox import Sandbox

GOOD = {"api_token": "CANARY-token", "organization_id": "28417"}


def one_sentence(text: str) -> str:
    """What stands on standard error of a start that cannot work: one line, and nothing of Python's."""
    assert text.endswith("\n")
    assert text.count("\n") == 1, text
    assert text.startswith("productive-integrations-mcp: ")
    assert "Traceback" not in text
    assert "CANARY" not in text
    return text


IMPOSSIBLE: dict[str, tuple[tuple[str, ...], dict[str, str], str]] = {
    "no token": ((), {"organization_id": "28417"}, "PRODUCTIVE_API_TOKEN"),
    "no organization": ((), {"api_token": "CANARY"}, "PRODUCTIVE_ORGANIZATION_ID"),
    "blank token": ((), {"api_token": "  ", "organization_id": "28417"}, "PRODUCTIVE_API_TOKEN"),
    "token of two words": ((), GOOD | {"api_token": "CANARY two"}, "PRODUCTIVE_API_TOKEN"),
    "organization by name": ((), GOOD | {"organization_id": "CANARY"}, "PRODUCTIVE_ORGANIZATION_ID"),
    "unknown name": ((), GOOD | {"tokn": "CANARY"}, "PRODUCTIVE_TOKN"),
    "misspelt name": ((), GOOD | {"aproval": "none"}, "PRODUCTIVE_APPROVAL"),
    "bad approval": ((), GOOD | {"approval": "CANARY"}, "PRODUCTIVE_APPROVAL"),
    "bad read only": ((), GOOD | {"read_only": "CANARY"}, "PRODUCTIVE_READ_ONLY"),
    "bad timeout": ((), GOOD | {"timeout": "CANARY"}, "PRODUCTIVE_TIMEOUT"),
    "bad log level": ((), GOOD | {"log_level": "CANARY"}, "PRODUCTIVE_LOG_LEVEL"),
    "plain http": ((), GOOD | {"base_url": "http://api.productive.io/"}, "PRODUCTIVE_BASE_URL"),
    "address with a password": ((), GOOD | {"base_url": "https://CANARY:x@api.productive.io/"}, "PRODUCTIVE_BASE_URL"),
    "state that is a folder": ((), GOOD | {"state": "/"}, "PRODUCTIVE_STATE"),
    "state below a file": ((), GOOD | {"state": "/dev/null/state.sqlite"}, "PRODUCTIVE_STATE"),
    "every address": (("http", "--host", "0.0.0.0"), GOOD, "--host"),  # noqa: S104 - it is refused
    "another machine's address": (("http", "--host", "192.0.2.1"), GOOD, "--host"),
    "every address, demo": (("http", "--demo", "--host", "::"), {}, "--host"),
    "half an issuer": (("http",), GOOD | {"oauth_issuer": "https://canary.example/"}, "PRODUCTIVE_OAUTH_AUDIENCE"),
    "every address, sandbox": (("sandbox", "--host", "0.0.0.0"), {}, "--host"),  # noqa: S104 - it is refused
    "bad value, demo": (("--demo",), {"approval": "CANARY"}, "PRODUCTIVE_APPROVAL"),
    "unknown name, demo": (("--demo",), {"tokn": "CANARY"}, "PRODUCTIVE_TOKN"),
    "charts that are not there": ((), GOOD | {"charts": "/nowhere"}, "PRODUCTIVE_CHARTS"),
}


@pytest.mark.parametrize("case", IMPOSSIBLE)
def test_a_start_that_cannot_work_ends_with_one_sentence_that_names_what_to_change(case: str) -> None:
    arguments, settings, named = IMPOSSIBLE[case]

    done = ran(arguments, settings)

    assert done.returncode == 2
    assert done.stdout == b""
    assert named in one_sentence(done.stderr.decode())


def test_without_a_token_the_sentence_offers_the_demo() -> None:
    assert "--demo" in run(organization_id="28417").stderr


@pytest.mark.parametrize("served", [["http", "--demo"], ["sandbox"]], ids=" ".join)
def test_a_port_in_use_ends_the_start_with_one_sentence_and_is_not_announced_first(served: list[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ended = run(*served, "--port", str(taken.getsockname()[1]))

    assert (ended.returncode, ended.stdout) == (2, "")
    assert "address" in one_sentence(ended.stderr)


@pytest.mark.parametrize("port", ["0", "65536", "-1", "http"])
def test_a_port_that_is_none_is_refused_by_its_name(port: str) -> None:
    ended = run("http", "--demo", f"--port={port}")

    assert ended.returncode == 2
    assert "--port" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_an_unknown_command_is_refused() -> None:
    ended = run("fly")

    assert ended.returncode == 2
    assert "fly" in ended.stderr


def test_version_and_help_are_said_on_standard_output() -> None:
    assert run("--version").stdout.strip() == productive_integrations.__version__
    shown = run("--help").stdout
    assert "--demo" in shown
    assert "http" in shown


def test_a_start_with_an_empty_file_on_its_input_ends_at_once_and_in_good_order() -> None:
    with Path(os.devnull).open("rb") as nothing, at_pipes("--demo", stdin=nothing) as process:
        assert process.wait(PATIENCE) == 0


def test_standard_output_may_be_a_file(tmp_path: Path) -> None:
    with (tmp_path / "stdout").open("wb") as stdout:
        ended = ran(["--demo"], {}, stdout=stdout)

    assert ended.returncode == 0
    assert b"Traceback" not in ended.stderr


def test_a_start_with_nothing_more_on_its_input_ends_at_once_and_in_good_order() -> None:
    ended = run("--demo")

    assert (ended.returncode, ended.stdout) == (0, "")
    assert "Traceback" not in ended.stderr


def test_at_a_terminal_it_says_what_it_serves_and_how_to_connect() -> None:
    with at_a_terminal("--demo") as terminal:
        until(lambda: "Ctrl-C" in terminal.text(), "the welcome")
        [client] = re.findall(r"claude mcp add .*", terminal.text())
        assert shlex.split(client) == [
            *("claude", "mcp", "add", "productive", "--"),
            *("productive-integrations-mcp", "--demo"),
        ]
        assert "sandbox organization" in terminal.text()
        assert productive_integrations.__version__ in terminal.text()
        assert "sandbox-token" not in terminal.text()
        terminal.process.send_signal(signal.SIGINT)
        assert terminal.result() == ""
        assert terminal.process.returncode in {0, 130}
        assert "Traceback" not in terminal.text()


def test_a_host_that_starts_it_sees_no_welcome(tmp_path: Path) -> None:
    with started(tmp_path / "stderr", "--demo") as wire:
        wire.shake_hands()
        assert "claude mcp add" not in (tmp_path / "stderr").read_text()


def test_over_http_it_says_its_address_and_how_to_connect(tmp_path: Path) -> None:
    port, errors = free_port(), tmp_path / "stderr"
    with started(errors, "http", "--demo", "--port", str(port)) as wire:
        until(lambda: "Ctrl-C" in errors.read_text(), "the welcome")
        assert f"claude mcp add --transport http productive http://127.0.0.1:{port}/mcp" in errors.read_text()
        wire.process.send_signal(signal.SIGTERM)
        wire.process.wait(PATIENCE)
        assert wire.line() == b""


def test_the_sandbox_says_how_to_use_it(tmp_path: Path) -> None:
    port, errors = free_port(), tmp_path / "stderr"
    with started(errors, "sandbox", "--port", str(port)) as wire:
        with httpx.Client() as browser:
            until(lambda: serves(browser, wire, f"http://127.0.0.1:{port}/api/v2/integrations"), "an answer")
        printed = errors.read_text()
        wire.process.send_signal(signal.SIGINT)
        wire.process.wait(PATIENCE)
    settings = dict(re.findall(r"(PRODUCTIVE_\w+)=(\S+)", printed))

    assert settings == {
        "PRODUCTIVE_BASE_URL": f"http://127.0.0.1:{port}/api/v2/",
        "PRODUCTIVE_API_TOKEN": Sandbox.token,
        "PRODUCTIVE_ORGANIZATION_ID": Sandbox().organization_id,
    }
    assert "Traceback" not in errors.read_text()


@pytest.mark.parametrize("closed", [[0], [1], [0, 1]], ids=str)
def test_without_a_standard_stream_to_serve_on_the_start_ends_with_one_sentence(closed: list[int]) -> None:
    ended = without_streams(closed, "--demo")

    assert (ended.returncode, ended.stdout) == (2, b"")
    assert "standard input" in one_sentence(ended.stderr.decode())


@pytest.mark.parametrize("words", ["list", "list --json", "export 78804 account_code_mapping", "doctor"])
def test_a_result_that_has_nowhere_to_go_is_said_to_be_lost(words: str) -> None:
    ended = without_streams([1], *words.split(), "--demo")

    assert ended.returncode == 1
    assert one_sentence(ended.stderr.decode()) == "productive-integrations-mcp: Standard output is closed.\n"


@pytest.mark.parametrize(("words", "status"), [("list", 0), ("doctor", 0), ("check 78804", 3), ("show 1", 2)])
def test_without_standard_error_the_rest_is_as_usual(words: str, status: int) -> None:
    ended = without_streams([0, 2], *words.split(), "--demo")

    assert ended.returncode == status
    assert bool(ended.stdout) is (status != 2)
