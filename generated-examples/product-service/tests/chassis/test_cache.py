import asyncio
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
from pydantic import BaseModel, TypeAdapter
from redis import Redis

from product_service.chassis import cache as cache_feature
from product_service.chassis import valkey as valkey_feature
from product_service.chassis.application import Application, Blueprint
from product_service.chassis.cache import Cache
from product_service.chassis.errors import DeadlineExceeded
from product_service.chassis.features import BLUEPRINT

from .fixtures_service import client_for
from dev.valkey import ValkeyServer, running_valkey

Caches = Callable[[], Awaitable[Cache]]


class Product(BaseModel):
    name: str


CHAIR = Product(name="chair")
TABLE = Product(name="table")


class Source:
    """Where products come from; it counts how often it is asked, and can be made to wait."""

    def __init__(self, product: Product | None = CHAIR) -> None:
        self.product = product
        self.loads = 0
        self.asked = asyncio.Event()
        self.open = asyncio.Event()
        self.open.set()

    async def load(self) -> Product | None:
        found = self.product
        self.loads += 1
        self.asked.set()
        await self.open.wait()
        return found


@pytest.fixture
def environment(
    bare_environment: pytest.MonkeyPatch, valkey_settings: dict[str, str]
) -> pytest.MonkeyPatch:
    """All that a service with nothing but a cache must be told."""
    bare_environment.setenv("REDIS_URL", valkey_settings["REDIS_URL"])
    return bare_environment


def service() -> Application:
    return Application(Blueprint(BLUEPRINT.name, "test", [valkey_feature, cache_feature]))


@pytest.fixture
async def caches(environment: pytest.MonkeyPatch) -> AsyncIterator[Caches]:
    """Start replicas of a service, and hand out the cache of each."""
    async with AsyncExitStack() as stack:

        async def start() -> Cache:
            app = service()
            await stack.enter_async_context(client_for(app))
            return app.resource(Cache)

        yield start


@pytest.fixture
async def cache(caches: Caches) -> Cache:
    return await caches()


@pytest.fixture
def valkey(valkey_url: str) -> Redis:
    return Redis.from_url(valkey_url, decode_responses=True, socket_timeout=30)


async def product(cache: Cache, source: Source, *, ttl: float = 60) -> Product | None:
    return await cache.get_or_load("p", source.load, ttl=ttl, model=Product, tags=["products"])


def left(valkey: Redis) -> float:
    """The seconds for which the one kept value is still kept."""
    [key] = valkey.keys("cache:*:value:p")
    milliseconds = valkey.pttl(key)
    assert isinstance(milliseconds, int)
    return milliseconds / 1000


async def test_what_was_loaded_is_kept(cache: Cache) -> None:
    source = Source()

    answers = [await product(cache, source), await product(cache, source)]

    assert answers == [CHAIR, CHAIR]
    assert source.loads == 1


async def test_what_one_replica_loaded_another_finds(caches: Caches) -> None:
    source = Source()

    answers = [await product(await caches(), source), await product(await caches(), source)]

    assert answers == [CHAIR, CHAIR]
    assert source.loads == 1


async def test_a_list_of_models_comes_back_as_one(cache: Cache) -> None:
    async def load() -> list[Product]:
        return [CHAIR]

    shape = TypeAdapter(list[Product])
    await cache.get_or_load("all", load, ttl=60, model=shape)

    assert await cache.get_or_load("all", load, ttl=60, model=shape) == [CHAIR]


async def test_a_value_is_kept_for_its_time_less_a_random_part(cache: Cache, valkey: Redis) -> None:
    await product(cache, Source(), ttl=100)

    assert 89 < left(valkey) <= 100


async def test_that_there_is_none_is_kept_too_for_a_shorter_time(
    cache: Cache, valkey: Redis
) -> None:
    source = Source(None)

    answers = [await product(cache, source), await product(cache, source)]

    assert answers == [None, None]
    assert source.loads == 1
    assert left(valkey) <= 30


async def test_what_is_over_is_loaded_again(cache: Cache) -> None:
    source = Source()
    await product(cache, source, ttl=0.02)

    async with asyncio.timeout(5):
        while source.loads == 1:
            await product(cache, source)

    assert source.loads == 2


async def test_a_failed_load_is_told_to_all_who_wait_and_not_kept(cache: Cache) -> None:
    source = Source()

    async def fail() -> Product:
        raise ZeroDivisionError

    failed = await asyncio.gather(
        *(cache.get_or_load("p", fail, ttl=60, model=Product) for _ in range(3)),
        return_exceptions=True,
    )

    assert [type(one) for one in failed] == [ZeroDivisionError] * 3
    assert await product(cache, source) == CHAIR


async def test_one_who_stops_waiting_does_not_stop_the_others(cache: Cache) -> None:
    source = Source()
    source.open.clear()
    first, second = (asyncio.create_task(product(cache, source)) for _ in range(2))
    await source.asked.wait()

    first.cancel()
    source.open.set()

    assert await second == CHAIR
    assert source.loads == 1


async def test_a_load_that_takes_too_long_fails(
    environment: pytest.MonkeyPatch, caches: Caches
) -> None:
    environment.setenv("CACHE_LOAD_SECONDS", "0.05")
    source = Source()
    source.open.clear()

    with pytest.raises(DeadlineExceeded):
        await product(await caches(), source)


async def test_a_claim_of_a_process_that_died_holds_nobody_for_longer_than_a_load(
    environment: pytest.MonkeyPatch, caches: Caches, valkey: Redis
) -> None:
    environment.setenv("CACHE_LOAD_SECONDS", "0.3")
    cache, source = await caches(), Source()
    await product(cache, source)
    [value] = valkey.keys("cache:*:value:p")
    valkey.delete(value)
    valkey.set(str(value).replace(":value:", ":lock:"), "of the dead")

    assert await product(cache, source) == CHAIR


async def test_an_invalidated_key_is_loaded_again(cache: Cache) -> None:
    source = Source()
    await product(cache, source)
    source.product = TABLE

    await cache.invalidate("p")

    assert await product(cache, source) == TABLE


async def test_a_tag_invalidates_every_key_that_has_it(caches: Caches) -> None:
    cache, source = await caches(), Source()
    await product(cache, source)
    source.product = TABLE

    await (await caches()).invalidate(tags=["products"])

    assert await product(cache, source) == TABLE


@pytest.mark.parametrize("what", [{"keys": ["p"]}, {"tags": ["products"]}])
async def test_what_was_read_before_an_invalidation_is_not_kept_after_it(
    caches: Caches, what: dict[str, list[str]]
) -> None:
    here, there, source = await caches(), await caches(), Source()
    source.open.clear()
    reading = asyncio.create_task(product(here, source))
    await source.asked.wait()
    source.product = TABLE

    await there.invalidate(*what.get("keys", []), tags=what.get("tags", []))
    joined = asyncio.create_task(product(here, source))
    await asyncio.sleep(0)
    source.open.set()

    assert await joined == TABLE
    assert await product(there, source) == TABLE
    await reading


async def test_who_asks_after_an_invalidation_does_not_join_an_older_load(cache: Cache) -> None:
    source = Source()
    source.open.clear()
    older = asyncio.create_task(product(cache, source))
    await source.asked.wait()
    source.product = TABLE
    await cache.invalidate("p")
    source.open.set()

    assert await product(cache, source) == TABLE
    await older


async def test_what_another_release_kept_in_another_shape_is_loaded_again(cache: Cache) -> None:
    async def load() -> int:
        return 7

    await cache.get_or_load("p", load, ttl=60, model=int, tags=["products"])
    source = Source()

    answers = [await product(cache, source), await product(cache, source)]

    assert answers == [CHAIR, CHAIR]
    assert source.loads == 1


async def test_what_cannot_be_kept_for_long_enough_is_refused(cache: Cache) -> None:
    with pytest.raises(ValueError, match="86401"):
        await product(cache, Source(), ttl=86_401)


async def test_300_who_miss_at_once_in_4_processes_make_one_load(
    environment: pytest.MonkeyPatch, valkey: Redis
) -> None:
    crowd = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.chassis.crowd", stdout=asyncio.subprocess.PIPE
        )
        for _ in range(4)
    ]
    for _ in crowd:
        assert valkey.blpop(["crowd:ready"], timeout=60)
    valkey.rpush("crowd:go", *range(4))
    async with asyncio.timeout(60):
        said = [(await one.communicate())[0].split()[-1] for one in crowd]

    assert said == [b"75"] * 4
    assert valkey.get("crowd:loads") == "1"


@pytest.fixture
async def server() -> AsyncIterator[ValkeyServer]:
    """A Valkey of this test's own, to stop and start."""
    async with running_valkey() as server:
        yield server


@pytest.fixture
async def stoppable(environment: pytest.MonkeyPatch, caches: Caches, server: ValkeyServer) -> Cache:
    environment.setenv("REDIS_URL", server.url)
    return await caches()


async def until_kept(cache: Cache) -> None:
    """Wait up to 10 s until a second question is answered without a load."""
    async with asyncio.timeout(10):
        while True:
            source = Source()
            await product(cache, source)
            await product(cache, source)
            if source.loads == 0:
                return


async def test_without_valkey_values_are_loaded_and_nobody_waits(
    stoppable: Cache, server: ValkeyServer
) -> None:
    await server.stop()
    source = Source()
    begun = time.monotonic()

    answers = [await product(stoppable, source) for _ in range(20)]

    assert answers == [CHAIR] * 20
    assert source.loads == 20
    assert time.monotonic() - begun < 1


async def test_without_valkey_those_who_miss_at_once_share_a_load(
    stoppable: Cache, server: ValkeyServer
) -> None:
    await server.stop()
    source = Source()

    answers = await asyncio.gather(*(product(stoppable, source) for _ in range(20)))

    assert answers == [CHAIR] * 20
    assert source.loads == 1


async def test_a_valkey_that_hangs_is_waited_for_once(
    stoppable: Cache, server: ValkeyServer
) -> None:
    await product(stoppable, Source())
    with Redis.from_url(server.url) as client:
        client.execute_command("CLIENT", "PAUSE", "3000", "ALL")
    begun = time.monotonic()

    answers = [await product(stoppable, Source()) for _ in range(20)]

    assert answers == [CHAIR] * 20
    assert time.monotonic() - begun < 2


async def test_a_valkey_that_is_back_is_used_again(stoppable: Cache, server: ValkeyServer) -> None:
    await server.stop()
    await product(stoppable, Source())

    await server.start()

    await until_kept(stoppable)


async def test_an_invalidation_without_valkey_holds_here_at_once_and_everywhere_when_it_is_back(
    stoppable: Cache, caches: Caches, server: ValkeyServer
) -> None:
    source, elsewhere = Source(), await caches()
    await product(stoppable, source)
    await server.stop()
    source.product = TABLE

    await stoppable.invalidate("p")
    here = [await product(stoppable, source)]
    await server.start()
    async with asyncio.timeout(10):
        while await product(elsewhere, source) != TABLE:
            here.append(await product(stoppable, source))

    assert CHAIR not in here


async def test_without_valkey_who_asks_after_an_invalidation_does_not_join_an_older_load(
    stoppable: Cache, server: ValkeyServer
) -> None:
    await server.stop()
    source = Source()
    source.open.clear()
    older = asyncio.create_task(product(stoppable, source))
    await source.asked.wait()
    source.product = TABLE
    await stoppable.invalidate("p")
    source.open.set()

    assert await product(stoppable, source) == TABLE
    await older


async def test_hits_and_misses_are_counted_and_loads_timed(
    environment: pytest.MonkeyPatch,
) -> None:
    app = service()
    async with client_for(app) as client:
        source = Source()
        await product(app.resource(Cache), source)
        await product(app.resource(Cache), source)

        metrics = (await client.get("/metrics")).text

    assert 'cache_lookups_total{result="miss"} 1.0' in metrics
    assert 'cache_lookups_total{result="hit"} 1.0' in metrics
    assert "cache_loads_total 1.0" in metrics
    assert "cache_load_duration_seconds_count 1.0" in metrics
