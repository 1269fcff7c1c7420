"""One health check of one instance: bounded in time, in size and in where it leads."""

from __future__ import annotations

import aiohttp

from .models import Outcome

MOST_BYTES = 64 * 1024


def open_session(timeout_seconds: float) -> aiohttp.ClientSession:
    """A session for probes: no cookies, no decompression, a new connection for each."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, force_close=True),  # the checker limits them
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=timeout_seconds),
        auto_decompress=False,
    )


async def probe(session: aiohttp.ClientSession, url: str) -> Outcome:
    """Healthy is a 2xx answer of at most 64 KiB in time; a redirect is not followed, and is none.

    Never raises for what the other side does.
    """
    try:
        async with session.get(url, allow_redirects=False) as response:
            if not 200 <= response.status < 300:
                return Outcome.bad_status
            return await _read(response.content)
    except TimeoutError:
        return Outcome.slow
    except (aiohttp.ClientError, OSError, ValueError):  # ValueError: a host that is no host
        return Outcome.unreachable


async def _read(content: aiohttp.StreamReader) -> Outcome:
    size = 0
    async for chunk in content.iter_any():
        size += len(chunk)
        if size > MOST_BYTES:
            return Outcome.too_large
    return Outcome.passed
