"""Several processes on one address."""

import asyncio
import logging
import multiprocessing
import signal
import socket
import time
from multiprocessing.context import SpawnProcess

from productive_integrations.settings import Settings

from .build import build_server
from .http import SHUTDOWN_SECONDS, serve_http
from .logs import start_logging

PAUSE_SECONDS = 1.0
"""A worker that ends is replaced no sooner than this after its own start."""
ENDING_SECONDS = SHUTDOWN_SECONDS + 60
"""Calls under way, then writes that nobody waits for any more, then the rest."""

_log = logging.getLogger(__name__)


async def serve_workers(settings: Settings, listener: socket.socket, number: int) -> None:
    """Keep a number of workers serving until a signal says so; each finishes what it has begun.

    They share the address, the state, and through it the request budget. What a worker must know goes to it over a
    pipe, and is in no command line.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signal_number, stop.set)
    try:
        async with asyncio.TaskGroup() as places:
            for _ in range(number):
                places.create_task(_keep_one(settings, listener, stop))
    finally:
        for signal_number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(signal_number)


async def _keep_one(settings: Settings, listener: socket.socket, stop: asyncio.Event) -> None:
    """One place for a worker: whoever dies there is replaced."""
    stopping = asyncio.create_task(stop.wait())
    while not stop.is_set():
        began = time.monotonic()
        worker = multiprocessing.get_context("spawn").Process(target=_work, args=(settings, listener), daemon=True)
        worker.start()
        _log.info("worker %s started", worker.pid)
        ending = asyncio.create_task(_end_of(worker))
        await asyncio.wait((ending, stopping), return_when=asyncio.FIRST_COMPLETED)
        if stop.is_set():
            await _stop(worker, ending)
            return
        _log.warning("worker %s ended with %s; another takes its place", worker.pid, worker.exitcode)
        await asyncio.wait((stopping,), timeout=began + PAUSE_SECONDS - time.monotonic())


async def _stop(worker: SpawnProcess, ending: "asyncio.Task[None]") -> None:
    worker.terminate()
    await asyncio.wait((ending,), timeout=ENDING_SECONDS)
    if not ending.done():
        _log.error("worker %s does not end; what it was writing is settled by reading at the next start", worker.pid)
        worker.kill()
        await ending


async def _end_of(worker: SpawnProcess) -> None:
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(worker.sentinel, over.set)
    try:
        await over.wait()
    finally:
        loop.remove_reader(worker.sentinel)
    worker.join()


def _work(settings: Settings, listener: socket.socket) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    start_logging(settings)
    parent = multiprocessing.parent_process()
    assert parent is not None  # noqa: S101 - it was started by one
    asyncio.run(serve_http(build_server(settings), listener, settings.oauth, parent=parent.sentinel))
