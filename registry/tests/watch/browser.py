"""A real browser and what is on its page, by the protocol that Chromium is driven with."""

import asyncio
import itertools
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from dev.folders import temporary_folder
from dev.processes import kill_group
from tests.waiting import eventually

PROGRAMS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
OPTIONS = (
    "--headless=new",
    "--no-sandbox",
    "--no-first-run",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--remote-debugging-port=0",
)
LOADED = "location.protocol === 'http:' && document.readyState === 'complete'"
PATIENCE_SECONDS = 30.0


def browser() -> str:
    """Where there is one; without one the test is skipped."""
    found = next(filter(None, map(shutil.which, PROGRAMS)), None)
    return found or pytest.skip("there is no Chromium on the PATH to look at the page with")


class Tab:
    """One page."""

    def __init__(self, browser: aiohttp.ClientWebSocketResponse) -> None:
        self._browser = browser
        self._numbers = itertools.count(1)
        self._session: dict[str, str] = {}

    async def open(self, url: str) -> None:
        target = await self._call("Target.createTarget", url="about:blank")
        attached = await self._call(
            "Target.attachToTarget", targetId=target["targetId"], flatten=True
        )
        self._session = {"sessionId": attached["sessionId"]}
        await self._call("Page.navigate", url=url)
        await eventually(lambda: self.ask(LOADED), bool, PATIENCE_SECONDS)

    async def ask(self, script: str) -> Any:  # Any: JSON
        """What this expression is, within the page."""
        said = await self._call("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in said, said
        return said["result"].get("value")

    async def _call(self, method: str, **said: object) -> dict[str, Any]:  # Any: JSON
        number = next(self._numbers)
        asked = {"id": number, "method": method, "params": said}
        await self._browser.send_json(asked | self._session)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (answer := await self._browser.receive_json()).get("id") != number:
                continue
        assert "error" not in answer, answer
        result: dict[str, Any] = answer["result"]
        return result


@asynccontextmanager
async def browsing(program: str) -> AsyncIterator[str]:
    """The address at which a browser of its own is driven."""
    with temporary_folder("browser-") as folder:
        process = await asyncio.create_subprocess_exec(
            *(program, *OPTIONS, f"--user-data-dir={folder}"),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            yield await _address(folder / "DevToolsActivePort")
        finally:
            kill_group(process.pid)
            await process.wait()


async def _address(told: Path) -> str:
    """As the browser writes it down once it listens: the port, and the path of the protocol."""

    async def lines() -> list[str]:
        return _lines(told)

    port, path = await eventually(lines, lambda read: len(read) == 2, PATIENCE_SECONDS)
    return f"ws://127.0.0.1:{port}{path}"


def _lines(file: Path) -> list[str]:
    return file.read_text().splitlines() if file.exists() else []


@asynccontextmanager
async def tab(address: str) -> AsyncIterator[Tab]:
    async with aiohttp.ClientSession() as session, session.ws_connect(address) as browser:
        yield Tab(browser)
