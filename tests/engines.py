"""Firefox and WebKit as the system has them, behind the few verbs that the tests need.

Playwright drives builds of its own of these two. So each is spoken to in the standard protocol that
it knows: Firefox in WebDriver BiDi, over a WebSocket; WebKit in WebDriver, over HTTP. Both run
scripts and take the same actions of keyboard and mouse, and all else is put together from these.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import shutil
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from browser import missing
from playwright.sync_api import ViewportSize
from tornado.websocket import WebSocketClientConnection, websocket_connect

__all__ = ["ENGINES", "Engine", "running"]

PATIENCE = 60  # seconds; on a machine that does much else a browser needs half of it to start

# Keys that write nothing have characters of their own in both protocols.
KEYS = {
    "Enter": "\ue007",
    "Control": "\ue009",
    "End": "\ue010",
    "ArrowLeft": "\ue012",
}


def wait_for(ask: Callable[[], Any], what: str) -> Any:
    """Ask again and again until the answer is something, and return it."""
    end = time.monotonic() + PATIENCE
    while not (answer := ask()):
        assert time.monotonic() < end, f"in {PATIENCE} s there was no {what}"
        time.sleep(0.02)
    return answer


class Engine(ABC):
    """A browser with one page open."""

    @abstractmethod
    def open(self, url: str) -> None:
        """Go to an address and return once the page has loaded."""

    @abstractmethod
    def resize(self, size: ViewportSize) -> None:
        """Give the page a width and a height."""

    @abstractmethod
    def evaluate(self, expression: str) -> str:
        """Work out an expression of JavaScript that promises a text, and return the text."""

    @abstractmethod
    def act(self, kind: str, actions: list[dict[str, Any]]) -> None:
        """Do actions of a "key" or a "pointer", as WebDriver describes them."""

    def run(self, function: str, *arguments: object) -> Any:
        """Call a function of JavaScript in the page, and return what it returns or promises."""
        call = f"({function})(...{json.dumps(arguments)})"
        return json.loads(self.evaluate(f"(async () => JSON.stringify((await {call}) ?? null))()"))

    def wait_for(self, function: str, *arguments: object) -> Any:
        """Call a function in the page until it returns something, and return that."""
        return wait_for(lambda: self.run(function, *arguments), f"{function} of {arguments}")

    def press(self, *keys: str) -> None:
        """Press keys together: characters, or names in ``KEYS``."""
        values = [KEYS.get(key, key) for key in keys]
        down = [{"type": "keyDown", "value": value} for value in values]
        up = [{"type": "keyUp", "value": value} for value in reversed(values)]
        self.act("key", [*down, *up])

    def move(self, x: float, y: float, *, press: bool = False) -> None:
        """Move the mouse to a place of the screen, and press its button there if so told."""
        place = {"type": "pointerMove", "x": round(x), "y": round(y), "duration": 0}
        button = [{"type": kind, "button": 0} for kind in ("pointerDown", "pointerUp")]
        self.act("pointer", [place, *(button if press else [])])

    def click(self, selector: str) -> None:
        """Click the first match that is shown, once it rests and a hand can reach it."""
        self.move(*self.wait_for(PLACE, selector), press=True)


PLACE = """async (selector) => {
  const one = [...document.querySelectorAll(selector)].find((one) =>
    one.checkVisibility({ visibilityProperty: true }));
  if (!one) return;
  one.scrollIntoView({ block: "center", behavior: "instant" });
  const places = [];
  for (let times = 0; times < 2; times += 1) {
    await new Promise(requestAnimationFrame);
    const { left, top, width, height } = one.getBoundingClientRect();
    places.push([left + width / 2, top + height / 2]);
  }
  const [before, now] = places;
  if (`${before}` === `${now}` && one.contains(document.elementFromPoint(...now))) return now;
}"""


class Firefox(Engine):
    """Firefox, without a screen.

    Args:
        program: its path.
        stack: ends what is begun here.
    """

    def __init__(self, program: str, stack: ExitStack) -> None:
        profile = Path(stack.enter_context(TemporaryDirectory(ignore_cleanup_errors=True)))
        command = [program, "--headless", "--no-remote", "--profile", str(profile)]
        _start([*command, "--remote-debugging-port=0"], stack)
        told = profile / "WebDriverBiDiServer.json"
        server = wait_for(lambda: told.is_file() and told.read_text(), "Firefox")
        self._address = "ws://{ws_host}:{ws_port}/session".format(**json.loads(server))
        self._runner = stack.enter_context(asyncio.Runner())
        self._connection = self._runner.run(self._connect())
        stack.callback(self._connection.close)
        self._sent = 0
        self._send("session.new", capabilities={})
        (tab,) = self._send("browsingContext.getTree")["contexts"]
        self._tab = tab["context"]

    async def _connect(self) -> WebSocketClientConnection:
        return await websocket_connect(self._address, max_message_size=2**28)

    def _send(self, method: str, **parameters: object) -> Any:
        self._sent += 1
        command = {"id": self._sent, "method": method, "params": parameters}
        return self._runner.run(asyncio.wait_for(self._answer(command), PATIENCE))

    async def _answer(self, command: dict[str, object]) -> Any:
        await self._connection.write_message(json.dumps(command))
        while True:  # other messages tell what happens meanwhile
            message = await self._connection.read_message()
            assert message is not None, "Firefox has ended"
            answer = json.loads(message)
            if answer.get("id") == command["id"]:
                assert answer["type"] == "success", answer
                return answer["result"]

    def open(self, url: str) -> None:
        self._send("browsingContext.navigate", context=self._tab, url=url, wait="complete")

    def resize(self, size: ViewportSize) -> None:
        self._send("browsingContext.setViewport", context=self._tab, viewport=size)

    def evaluate(self, expression: str) -> str:
        answer = self._send(
            "script.evaluate",
            expression=expression,
            target={"context": self._tab},
            awaitPromise=True,
        )
        assert answer["type"] == "success", answer
        return answer["result"]["value"]

    def act(self, kind: str, actions: list[dict[str, Any]]) -> None:
        source = {"type": kind, "id": kind, "actions": actions}
        self._send("input.performActions", context=self._tab, actions=[source])

    def print(self) -> bytes:
        """Print the page, as a PDF."""
        return base64.b64decode(self._send("browsingContext.print", context=self._tab)["data"])


# Without it no window of WebKit's small browser is narrower than the buttons above the page.
NARROW = "* { min-width: 0; padding: 0; border: none; }"


class WebKit(Engine):
    """WebKit for GTK, in its small browser, on a screen that only exists in memory.

    Args:
        driver: the path of ``WebKitWebDriver``.
        screen: the path of ``Xvfb``.
        stack: ends what is begun here.
    """

    def __init__(self, driver: str, screen: str, stack: ExitStack) -> None:
        settings = Path(stack.enter_context(TemporaryDirectory()), "gtk-3.0")
        settings.mkdir()
        (settings / "gtk.css").write_text(NARROW)
        reads, writes = os.pipe()
        size = ["-screen", "0", "1600x1200x24"]
        _start([screen, "-displayfd", str(writes), *size], stack, pass_fds=[writes])
        os.close(writes)
        with os.fdopen(reads) as told:  # once the screen is there, its number
            display = f":{told.readline().strip()}"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        own = {
            "DISPLAY": display,
            "GDK_BACKEND": "x11",
            "XDG_CONFIG_HOME": str(settings.parent),
            # Layers are put together by a graphics card. Done by a processor, it takes longer than
            # all else that a page does.
            "WEBKIT_DISABLE_COMPOSITING_MODE": "1",
        }
        _start([driver, f"--port={self._port}"], stack, env=os.environ | own)
        self._session = ""
        wait_for(self._answers, "WebKitWebDriver")
        wanted = {"alwaysMatch": {"timeouts": {"script": PATIENCE * 1000}}}
        begun = self._send("POST", "/session", capabilities=wanted)
        self._session = f"/session/{begun['sessionId']}"
        stack.callback(self._send, "DELETE", "")

    def _answers(self) -> bool:
        with suppress(ConnectionRefusedError):
            return self._send("GET", "/status")["ready"]
        return False

    def _send(self, method: str, path: str, **parameters: object) -> Any:
        content = json.dumps(parameters) if method == "POST" else None
        with closing(HTTPConnection("127.0.0.1", self._port)) as connection:
            connection.request(method, self._session + path, content)
            answer = connection.getresponse()
            value = json.load(answer)["value"]
        assert answer.status == HTTPStatus.OK, value
        return value

    def open(self, url: str) -> None:
        self._send("POST", "/url", url=url)
        self.wait_for("() => document.readyState === 'complete'")  # it may return before

    def resize(self, size: ViewportSize) -> None:
        bar = self.run("() => outerHeight - innerHeight")
        outer = {"width": size["width"], "height": size["height"] + bar}
        self._send("POST", "/window/rect", **outer)
        inner = [size["width"], size["height"]]
        self.wait_for("(size) => `${[innerWidth, innerHeight]}` === `${size}`", inner)

    def evaluate(self, expression: str) -> str:
        return self._send("POST", "/execute/sync", script=f"return {expression}", args=[])

    def act(self, kind: str, actions: list[dict[str, Any]]) -> None:
        source = {"type": kind, "id": kind, "actions": actions}
        self._send("POST", "/actions", actions=[source])


def _start(command: list[str], stack: ExitStack, **settings: Any) -> None:
    """Start a program that ends with the stack."""
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **settings
    )
    stack.callback(process.wait)
    stack.callback(process.terminate)


# The engines, each with the programs it needs: names of each, and the package that brings it.
ENGINES: dict[str, tuple[type[Engine], dict[str, tuple[str, ...]]]] = {
    "firefox": (Firefox, {"firefox-esr": ("firefox-esr", "firefox")}),
    "webkit": (WebKit, {"webkit2gtk-driver": ("WebKitWebDriver",), "xvfb": ("Xvfb",)}),
}


@contextmanager
def running(name: str) -> Iterator[Engine]:
    """Start an engine; without it tests are skipped, as they are without Chromium."""
    engine, needed = ENGINES[name]
    programs = [
        next(filter(None, map(shutil.which, names)), None) or missing(package)
        for package, names in needed.items()
    ]
    with ExitStack() as stack:
        yield engine(*programs, stack)
