"""Checking passwords costs much: it is done beside the event loop, and not without end."""

import asyncio
import hashlib
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from user_service.chassis.errors import Unavailable
from user_service.credential.breached import Breached
from user_service.credential.hashing import Hasher
from user_service.settings import PasswordSettings


@pytest.fixture
async def hasher(
    bare_environment: pytest.MonkeyPatch,
) -> AsyncIterator[Hasher]:
    settings = PasswordSettings(memory_kib=8, rounds=1, concurrency=2, waiting=1)
    async with Hasher(settings) as hasher:
        yield hasher


async def test_the_cost_is_what_owasp_asks_for(bare_environment: pytest.MonkeyPatch) -> None:
    async with Hasher(PasswordSettings()) as hasher:
        assert (await hasher.hash("a")).startswith("$argon2id$v=19$m=19456,t=2,p=1$")


async def test_so_many_are_checked_at_once_so_many_wait_and_more_are_turned_away(
    hasher: Hasher, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, running = threading.Event(), threading.Semaphore(0)

    def check(hash: str, password: str) -> bool:
        running.release()
        return gate.wait(10)

    monkeypatch.setattr(hasher, "_matches", check)
    checks = [asyncio.create_task(hasher.verify("hash", "password")) for _ in range(3)]
    await asyncio.to_thread(running.acquire)
    await asyncio.to_thread(running.acquire)

    with pytest.raises(Unavailable):
        await hasher.verify("hash", "password")
    assert not running.acquire(blocking=False)
    gate.set()
    assert await asyncio.gather(*checks) == [True] * 3


async def test_what_is_no_hash_is_nobody_s_password(hasher: Hasher) -> None:
    assert not await hasher.verify("no hash", "password")
    assert not await hasher.verify(None, "password")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A list as Have I Been Pwned offers it, of a hundred passwords."""
    digests = sorted(hashlib.sha1(b"number %d" % n).hexdigest().upper() for n in range(100))  # noqa: S324 - it is their format
    path = tmp_path / "breached.txt"
    path.write_text("".join(f"{digest}:{n + 1}\r\n" for n, digest in enumerate(digests)))
    return path


@pytest.mark.parametrize("n", range(100))
async def test_every_password_of_the_list_is_found(file: Path, n: int) -> None:
    assert await Breached(file).holds(f"number {n}")


@pytest.mark.parametrize("password", ["number 100", "a password of my own", ""])
async def test_a_password_that_is_not_on_the_list_is_not_found(file: Path, password: str) -> None:
    assert not await Breached(file).holds(password)


async def test_an_empty_list_holds_nothing(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").touch()

    assert not await Breached(tmp_path / "empty.txt").holds("a password of my own")
