"""A headless Chromium, driven over the pipe of its DevTools protocol."""

import asyncio
import base64
import json
import os
import shutil
import subprocess
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SECONDS = 20.0
Message = dict[str, Any]
# One process for page and frame, so that one session reaches both; nothing of its own that asks the network.
FLAGS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--remote-debugging-pipe"),
    *("--no-first-run", "--disable-extensions", "--disable-background-networking", "--disable-component-update"),
    *("--disable-site-isolation-trials", "--disable-features=IsolateSandboxedIframes,SitePerProcess,Translate"),
    *("--force-color-profile=srgb", "--hide-scrollbars", "--proxy-server=127.0.0.1:9"),
)
KEYS = {"Tab": 9, "Enter": 13, " ": 32, "ArrowDown": 40}


def find_chromium() -> str | None:
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@dataclass
class Chromium:
    """A running browser: the pipe that it reads, and the one that it writes."""

    write_to: int
    read_from: int
    numbers: int = 0
    buffer: bytearray = field(default_factory=bytearray)
    answers: dict[int, asyncio.Future[Message]] = field(default_factory=dict)
    writing: threading.Lock = field(default_factory=threading.Lock)
    heard: Callable[[Message], None] = lambda _: None

    async def send(self, method: str, session: str | None = None, **params: Any) -> Message:
        self.numbers += 1
        number = self.numbers
        message = {"id": number, "method": method, "params": params} | ({"sessionId": session} if session else {})
        waiting = self.answers[number] = asyncio.get_running_loop().create_future()
        try:
            await asyncio.to_thread(self._write, json.dumps(message).encode() + b"\0")
            answer = await asyncio.wait_for(waiting, SECONDS)
        finally:
            del self.answers[number]
        assert "error" not in answer, (method, answer)
        result: Message = answer["result"]
        return result

    def _write(self, data: bytes) -> None:
        # A message longer than the pipe's buffer is written in parts, between which no other may come.
        with self.writing:
            while data:
                data = data[os.write(self.write_to, data) :]

    def _read(self) -> None:
        with suppress(BlockingIOError):
            self.buffer += os.read(self.read_from, 1 << 20)
        *messages, rest = self.buffer.split(b"\0")
        self.buffer = bytearray(rest)
        for message in map(json.loads, messages):
            waiting = self.answers.get(message.get("id", -1))
            if waiting and not waiting.done():
                waiting.set_result(message)
            elif "method" in message:
                self.heard(message)

    @asynccontextmanager
    async def tab(self, width: int = 900, height: int = 900) -> AsyncIterator["Tab"]:
        """A new tab in a context of its own, for as long as the block runs."""
        loop = asyncio.get_running_loop()
        loop.add_reader(self.read_from, self._read)
        try:
            context = (await self.send("Target.createBrowserContext"))["browserContextId"]
            made = await self.send("Target.createTarget", url="about:blank", browserContextId=context)
            session = (await self.send("Target.attachToTarget", targetId=made["targetId"], flatten=True))["sessionId"]
            tab = Tab(self, session)
            self.heard = tab.hear
            await tab.start(width, height)
            yield tab
            await self.send("Target.disposeBrowserContext", browserContextId=context)
        finally:
            self.heard = lambda _: None
            loop.remove_reader(self.read_from)


@contextmanager
def running_chromium(program: str, home: Path) -> Iterator[Chromium]:
    """Start the browser with a profile of its own, and end it."""
    its_input, write_to = os.pipe()
    read_from, its_output = os.pipe()
    os.set_blocking(read_from, False)
    process = subprocess.Popen(  # noqa: S603 - the browser, by its full path
        # It reads commands from descriptor 3 and writes to 4.
        [
            *("/bin/bash", "-c", 'exec "${@:3}" 3<&"$1" 4>&"$2"', "_", str(its_input), str(its_output)),
            *(program, *FLAGS, f"--user-data-dir={home}"),
        ],
        pass_fds=(its_input, its_output),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8", "TZ": "UTC"},
    )
    os.close(its_input)
    os.close(its_output)
    try:
        yield Chromium(write_to, read_from)
    finally:
        os.close(write_to)
        os.close(read_from)
        with suppress(subprocess.TimeoutExpired):
            process.wait(5)
        process.kill()
        process.wait()


@dataclass
class Tab:
    """One page and the frame in it."""

    browser: Chromium
    session: str
    served: dict[str, tuple[str, str]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    bound: Callable[[Message], Awaitable[None]] | None = None
    tasks: set[asyncio.Task[Any]] = field(default_factory=set)
    world: int | None = None

    async def send(self, method: str, **params: Any) -> Message:
        return await self.browser.send(method, self.session, **params)

    async def start(self, width: int, height: int) -> None:
        for domain in ("Page", "Runtime", "Log"):
            await self.send(f"{domain}.enable")
        await self.send("Fetch.enable", patterns=[{"urlPattern": "*"}])
        await self.send("Runtime.addBinding", name="toHost")
        await self.resize(width, height)

    async def resize(self, width: int, height: int) -> None:
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        await self.send("Emulation.setDeviceMetricsOverride", **size)

    def hear(self, message: Message) -> None:
        if message.get("sessionId") != self.session:
            return
        params = message["params"]
        match message["method"]:
            case "Fetch.requestPaused":
                self._begin(self._serve(params))
            case "Runtime.bindingCalled" if self.bound:
                self._begin(self.bound(json.loads(params["payload"])))
            case "Runtime.exceptionThrown":
                self.errors.append(json.dumps(params["exceptionDetails"])[:500])
            case "Log.entryAdded" if params["entry"]["level"] == "error":
                self.errors.append(params["entry"]["text"])

    def _begin(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self.tasks.add(task)
        task.add_done_callback(self._over)

    def _over(self, task: asyncio.Task[Any]) -> None:
        self.tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            self.errors.append(repr(error))

    async def _serve(self, paused: Message) -> None:
        request, url = paused["requestId"], paused["request"]["url"]
        if url not in self.served:
            self.refused.append(url)
            await self.send("Fetch.failRequest", requestId=request, errorReason="BlockedByClient")
            return
        html, policy = self.served[url]
        headers = [{"name": "Content-Type", "value": "text/html; charset=utf-8"}]
        headers += [{"name": "Content-Security-Policy", "value": policy}]
        body = base64.b64encode(html.encode()).decode()
        await self.send("Fetch.fulfillRequest", requestId=request, responseCode=200, responseHeaders=headers, body=body)

    async def evaluate(self, expression: str, *, in_frame: bool = True) -> Any:
        """The value of an expression in the framed page, or in the one around it."""
        where = {"contextId": await self._frame_world()} if in_frame else {}
        result = await self.send(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True, **where
        )
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    async def _frame_world(self) -> int:
        if self.world is None:
            tree = (await self.send("Page.getFrameTree"))["frameTree"]
            frame = tree["childFrames"][0]["frame"]["id"]
            world = await self.send("Page.createIsolatedWorld", frameId=frame, worldName="test")
            self.world = int(world["executionContextId"])
        return self.world

    async def until(self, condition: str) -> Any:
        """Wait until an expression in the frame is true."""
        deadline = time.monotonic() + SECONDS
        while not (value := await self.evaluate(condition)):
            assert time.monotonic() < deadline, (condition, self.errors, await self.text())
            await asyncio.sleep(0.02)
        return value

    async def text(self) -> str:
        """What the framed page shows."""
        return str(await self.evaluate("document.body.innerText"))

    async def accessible(self) -> list[tuple[str, str]]:
        """Role and name of what a screen reader meets in the framed page, in order."""
        tree = (await self.send("Page.getFrameTree"))["frameTree"]
        frame = tree["childFrames"][0]["frame"]["id"]
        nodes = (await self.send("Accessibility.getFullAXTree", frameId=frame))["nodes"]
        heard = [node for node in nodes if not node["ignored"]]
        return [(node["role"]["value"], node.get("name", {}).get("value", "")) for node in heard]

    async def click(self, selector: str) -> None:
        await self.evaluate(f"document.querySelector({json.dumps(selector)}).click()")

    async def click_once_shown(self, selector: str) -> None:
        """Have it clicked as soon as the page shows it, before anything else can happen there."""
        await self.evaluate(
            f"""new MutationObserver((_, watching) => {{
                const found = document.querySelector({json.dumps(selector)});
                if (!found.checkVisibility()) return;
                watching.disconnect();
                found.click();
            }}).observe(document.body, {{ attributes: true, subtree: true }})"""
        )

    async def past(self, moment: float) -> None:
        """Wait until the page has done what it set out to do at a moment, in seconds since 1970."""
        # A page that is slow to set its timer has it run as much later.
        left = f"Math.max(0, {moment * 1000} - Date.now())"
        await self.evaluate(f"new Promise((over) => setTimeout(over, {left} + 300))")

    async def press(self, key: str) -> None:
        """A real key of the keyboard, to whatever has the focus."""
        code = {"key": key, "code": "Space" if key == " " else key, "windowsVirtualKeyCode": KEYS[key]}
        text = {"text": "\r" if key == "Enter" else " "} if key in {"Enter", " "} else {}
        await self.send("Input.dispatchKeyEvent", type="keyDown", **code, **text)
        await self.send("Input.dispatchKeyEvent", type="keyUp", **code)

    async def screenshot(self) -> bytes:
        data = (await self.send("Page.captureScreenshot", format="png", captureBeyondViewport=True))["data"]
        return base64.b64decode(data)
