"""What the readers tell over HTTP: what was given up, and what came to them twice."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Iterable
from typing import Final

import httpx
from prometheus_client.parser import text_string_to_metric_families

from dev.ports import LOOPBACK

_SECONDS: Final = 5.0
_PAUSE_SECONDS: Final = 0.1
_HANDLED: Final = "events_handled_total"


async def dead_letters(ports: Iterable[int]) -> list[str]:
    """The subjects of the dead letters, of whichever reader answers."""
    for port in ports:
        with contextlib.suppress(httpx.HTTPError):
            return [letter["subject"] for letter in json.loads(await _get(port, "/dead"))]
    return []


async def doubles(ports: Iterable[int]) -> int:
    """How many events have come to these readers that had been handled before; waits for each."""
    return sum([_doubles_in(await _insist(port, "/metrics")) for port in ports])


def _doubles_in(metrics: str) -> int:
    samples = [
        sample for family in text_string_to_metric_families(metrics) for sample in family.samples
    ]
    return sum(
        int(sample.value)
        for sample in samples
        if sample.name == _HANDLED and sample.labels["outcome"] == "duplicate"
    )


async def _insist(port: int, path: str) -> str:
    while True:
        with contextlib.suppress(httpx.HTTPError):
            return await _get(port, path)
        await asyncio.sleep(_PAUSE_SECONDS)


async def _get(port: int, path: str) -> str:
    async with httpx.AsyncClient(timeout=_SECONDS) as client:
        answer = await client.get(f"http://{LOOPBACK}:{port}{path}")
    return answer.raise_for_status().text
