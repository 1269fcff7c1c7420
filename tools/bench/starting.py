"""How long a process takes from its start until it answers."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx

from dev.ports import free_port

PATIENCE_SECONDS = 30.0
PEER = """
from fastapi import FastAPI

app = FastAPI()


@app.get("/health/ready")
async def ready() -> dict[str, str]:
    return {"status": "ok"}
"""


def seconds_to_ready(command: Sequence[str], environment: Mapping[str, str], folder: Path) -> float:
    """Start the command with PORT set, wait for /health/ready, end it; the seconds it took."""
    port = free_port()
    begun = time.perf_counter()
    process = subprocess.Popen(
        [part.replace("{port}", str(port)) for part in command],
        env={**environment, "PORT": str(port)},
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _until_ready(f"http://127.0.0.1:{port}/health/ready", begun)
        return time.perf_counter() - begun
    finally:
        process.terminate()
        process.wait(10)


def seconds_of_stack(root: Path, folder: Path) -> float:
    """Start the whole stack, wait until it describes itself, end it; the seconds it took."""
    description = folder / "stack.json"
    description.unlink(missing_ok=True)
    begun = time.perf_counter()
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "tools.stack", "--port", str(free_port())),
            *("--describe", str(description)),
        ],
        cwd=root,
        stdout=subprocess.DEVNULL,
    )
    try:
        while not description.exists():
            if process.poll() is not None or time.perf_counter() - begun > PATIENCE_SECONDS:
                raise RuntimeError("the stack did not start; see what `nox -s stack` says")
            time.sleep(0.01)
        return time.perf_counter() - begun
    finally:
        process.terminate()
        process.wait(30)


def _until_ready(url: str, begun: float) -> None:
    while time.perf_counter() - begun < PATIENCE_SECONDS:
        try:
            if httpx.get(url, trust_env=False).status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            time.sleep(0.005)
    raise RuntimeError(f"no answer at {url}")
