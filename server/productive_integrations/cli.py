"""The command `productive-integrations-mcp`."""

import argparse
import asyncio
import json
import os
import shlex
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from io import TextIOWrapper
from pathlib import Path
from typing import Literal

from . import __version__
from .commands import COMMANDS, PROGRAM, Command, OutputLost, Screen, in_commands
from .errors import IntegrationsError, SettingsError, StateError
from .settings import LOOPBACK, Settings, read_settings

CANNOT_START = 2
BROKEN_OFF = 1
INTERRUPTED = 130
ENOUGH_SAID = 141
MOST_WORKERS = 64


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command. What cannot work ends with one sentence on standard error and status 2."""
    _keep_numbers()
    parser = _parser()
    chosen = parser.parse_args(arguments)
    if chosen.of and chosen.demo and not chosen.of.on_demo:
        parser.error(f"{chosen.command}: a demo begins without plans and changes; see `sandbox` for one that stays")
    try:
        return _run(chosen)
    except IntegrationsError as error:
        _say(f"{PROGRAM}: {in_commands(str(error)) if chosen.of else error}")
        return CANNOT_START
    except BrokenPipeError:
        _drop_output()
        return ENOUGH_SAID
    except OutputLost as error:
        _drop_output()
        _say(f"{PROGRAM}: {error}{' `changes` tells what was applied.' if chosen.of and chosen.of.edits else ''}")
        return BROKEN_OFF
    except KeyboardInterrupt:
        return INTERRUPTED


def _run(chosen: argparse.Namespace) -> int:
    if chosen.of:
        return asyncio.run(_carry_out(chosen.of, chosen))
    if chosen.command == "doctor":
        return asyncio.run(_doctor(chosen))
    if chosen.command == "sandbox":
        _serve_sandbox(chosen.host, chosen.port)
    else:
        asyncio.run(_serve(chosen))
    return 0


def _keep_numbers() -> None:
    """A stray print would end up in what took the number of a standard stream that a shell has closed."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def _drop_output() -> None:
    """What nobody can take would be tried once more as Python ends."""
    if sys.stdout is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        description="Serves MCP on standard input and output: a Productive organization's integrations and mappings. "
        "Other commands serve it over HTTP, or do for people and scripts what its tools do.",
    )
    parser.set_defaults(of=None)
    parser.add_argument("--version", action="version", version=__version__)
    demo = "use the bundled sandbox organization: no account, no network"
    parser.add_argument("--demo", action="store_true", help=demo)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    http = commands.add_parser("http", help="serve MCP on streamable HTTP at /mcp")
    http.add_argument("--host", default="127.0.0.1", help="a name or address of this machine (%(default)s)")
    http.add_argument("--port", type=_port, default=8000, help="%(default)s")
    http.add_argument("--workers", type=_workers, default=1, help="processes that serve (%(default)s)")
    http.add_argument("--demo", action="store_true", default=argparse.SUPPRESS, help=demo)
    doctor = commands.add_parser("doctor", help="say what works and what to do about the rest")
    doctor.add_argument("--demo", action="store_true", default=argparse.SUPPRESS, help=demo)
    doctor.add_argument("--json", action="store_true", help="for programs: an object a line")
    sandbox = commands.add_parser("sandbox", help="serve the sandbox Productive API itself")
    sandbox.add_argument("--host", default="127.0.0.1", help="%(default)s")
    sandbox.add_argument("--port", type=_port, default=8787, help="%(default)s")
    for command in COMMANDS:
        of = commands.add_parser(command.name, help=command.does, description=command.run.__doc__)
        of.set_defaults(of=command)
        of.add_argument("--json", action="store_true", help="for programs")
        if command.on_demo:
            of.add_argument("--demo", action="store_true", default=argparse.SUPPRESS, help=demo)
        command.arguments(of)
    return parser


def _port(text: str) -> int:
    port = int(text) if text.isascii() and text.isdigit() else 0
    if not 0 < port < 2**16:
        raise argparse.ArgumentTypeError("a port is a number from 1 to 65535")
    return port


def _workers(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() else 0
    if not 0 < number <= MOST_WORKERS:
        raise argparse.ArgumentTypeError(f"a number of processes is from 1 to {MOST_WORKERS}")
    return number


async def _serve(chosen: argparse.Namespace) -> None:
    if chosen.command != "http" and (sys.stdin is None or sys.stdout is None):
        raise SettingsError("there is no standard input or no standard output to serve MCP on; see also `http`.")
    async with _settings(demo=chosen.demo) as settings:
        if chosen.command == "http":
            _refuse_open_door(chosen, settings)
        # The SDK is loaded only here, so that a wrong setting is said at once.
        from .app.logs import start_logging
        from .charts import Charts

        start_logging(settings)
        Charts(settings.charts)
        await _look_at_state(settings)
        if chosen.command == "http":
            await _serve_http(chosen, settings)
            return
        from .app.build import build_server
        from .app.stdio import serve_stdio

        server = build_server(settings)
        if sys.stdin.isatty():
            _welcome(settings, "stdio", "standard input and output", demo=chosen.demo)
        await serve_stdio(server)


async def _serve_http(chosen: argparse.Namespace, settings: Settings) -> None:
    from .app.build import build_server
    from .app.http import listen, serve_http
    from .app.workers import serve_workers

    try:
        listener = listen(chosen.host, chosen.port)
    except OSError as error:
        raise SettingsError(f"cannot serve on that address: {error.strerror}.") from error
    place = settings.oauth_audience or f"http://{_in_an_address(chosen.host)}:{chosen.port}/mcp"
    _welcome(settings, "http", place, demo=chosen.demo)
    if chosen.workers > 1:
        await serve_workers(settings, listener, chosen.workers)
    else:
        await serve_http(build_server(settings), listener, settings.oauth)


def _refuse_open_door(chosen: argparse.Namespace, settings: Settings) -> None:
    if chosen.host not in LOOPBACK and not settings.oauth:
        raise SettingsError(
            "--host: without bearer tokens this server binds to this machine alone, such as 127.0.0.1; "
            "set the three PRODUCTIVE_OAUTH_ settings to serve others."
        )
    if chosen.workers > 1 and sys.platform == "win32":
        raise SettingsError("--workers: several processes on one address take Linux or macOS.")


def _in_an_address(host: str) -> str:
    return f"[{host}]" if ":" in host else host


async def _doctor(chosen: argparse.Namespace) -> int:
    _write_utf_8()
    async with _settings(demo=chosen.demo) as settings:
        from .app.doctor import examine
        from .app.logs import start_logging

        start_logging(settings)
        screen = Screen(as_json=chosen.json)
        works = True
        async for checked in examine(settings):
            works = works and checked.works
            if chosen.json:
                screen.write(json.dumps(asdict(checked)) + "\n")
            else:
                screen.line(f"{'ok  ' if checked.works else 'FAIL'}  {checked.what:<10}  {checked.says}")
    return 0 if works else 1


def _write_utf_8() -> None:
    """A file and a pipe are in UTF-8 whatever the system's habit, and no character ends a command half-way."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


async def _carry_out(command: Command, chosen: argparse.Namespace) -> int:
    _write_utf_8()
    async with _settings(demo=chosen.demo) as settings:
        from .app.logs import start_logging
        from .app.services import open_services

        if command.edits and settings.read_only:
            raise SettingsError(f"PRODUCTIVE_READ_ONLY is true, so {command.name} does nothing: it is for edits.")
        start_logging(settings)
        async with open_services(settings) as services:
            screen = Screen(as_json=chosen.json)
            status = await command.run(services, chosen, screen)
            screen.write("")
            return status


async def _look_at_state(settings: Settings) -> None:
    """Say on standard error what keeps the state from being used. Reading works without it."""
    from .state import damaged, open_store

    store = open_store(settings.state.get_secret_value())
    try:
        if damage := (await store.check()).damage:
            raise damaged(damage)
    except StateError as error:
        _say(f"{PROGRAM}: {error} Reading goes on; every edit is refused until then.")
    finally:
        await store.close()


@asynccontextmanager
async def _settings(*, demo: bool) -> AsyncIterator[Settings]:
    if not demo:
        yield read_settings()
        return
    from .sandbox import Sandbox, serving

    sandbox = Sandbox()
    with tempfile.TemporaryDirectory(prefix=f"{PROGRAM}-demo-") as folder:
        async with serving(sandbox) as url:
            yield read_settings(
                api_token=sandbox.token,
                organization_id=sandbox.organization_id,
                base_url=url,
                state=str(Path(folder) / "state.sqlite"),
            )


def _serve_sandbox(host: str, port: int) -> None:
    if host not in LOOPBACK:
        raise SettingsError("--host: the sandbox is for this machine alone, such as 127.0.0.1.")
    from .sandbox import Sandbox, serve

    sandbox = Sandbox()

    def announce(url: str) -> None:
        _say(
            f"The sandbox Productive API: {url}\nUse it with PRODUCTIVE_BASE_URL={url} "
            f"PRODUCTIVE_API_TOKEN={sandbox.token} PRODUCTIVE_ORGANIZATION_ID={sandbox.organization_id}"
        )

    try:
        serve(sandbox, host, port, announce)
    except OSError as error:
        raise SettingsError(f"cannot serve on that address: {error.strerror}.") from error


def _welcome(settings: Settings, way: Literal["stdio", "http"], place: str, *, demo: bool) -> None:
    what = "the bundled sandbox organization" if demo else f"organization {settings.organization_id}"
    access = "read only" if settings.read_only else f"edits approved by: {settings.approval}"
    command = shlex.join([PROGRAM, *(["--demo"] if demo else [])])
    connect = f"--transport http productive {place}" if way == "http" else f"productive -- {command}"
    _say(
        f"{PROGRAM} {__version__}: MCP for {what} ({access}), on {place}.\n"
        f"Productive's API: {settings.base_url}\n"
        f"Connect a client, for example: claude mcp add {connect}\n"
        f"Stop with Ctrl-C."
    )


def _say(text: str) -> None:
    if sys.stderr is not None:
        sys.stderr.write(text + "\n")
