import pytest
from aiohttp import web

from registry.instance.models import Instance, Outcome
from registry.instance.registration import Registration
from registry.keeping.probe import Prober

from tests.fleet import Fleet


def an_instance(url: str) -> Instance:
    said = Registration(name="orders", url=url, health_check="/health")
    return Instance.create(said, url, "127.0.0.1", b"digest", 15)


async def test_a_check_goes_to_the_pinned_address_and_not_where_the_name_leads_now(
    fleet: Fleet,
) -> None:
    ship = await fleet.launch()
    port = ship.url.rpartition(":")[2]

    outcome = await Prober(2).probe(an_instance(f"http://nobody.invalid:{port}"))

    assert outcome is Outcome.passed
    assert ship.calls == ["/health"]


async def test_an_instance_that_speaks_no_tls_is_unreachable_by_https(fleet: Fleet) -> None:
    ship = await fleet.launch()

    outcome = await Prober(2).probe(an_instance(ship.url.replace("http:", "https:")))

    assert outcome is Outcome.unreachable


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (b"HTTP/1.1 204 No Content\r\n\r\n", Outcome.passed),
        (b"HTTP/1.0 200 OK\r\n\r\nfine until I close", Outcome.passed),
        (
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
            Outcome.passed,
        ),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\ncut", Outcome.unreachable),
        (b"HTTP/1.1 304 Not Modified\r\n\r\n", Outcome.bad_status),
        (b"SSH-2.0-OpenSSH_9.9\r\n", Outcome.bad_answer),
        (b"", Outcome.unreachable),
    ],
)
async def test_only_a_whole_2xx_answer_passes(
    fleet: Fleet, answer: bytes, outcome: Outcome
) -> None:
    url = await fleet.launch_raw(answer)

    assert await Prober(2).probe(an_instance(url)) is outcome


async def test_an_answer_in_pieces_without_end_is_too_large(fleet: Fleet) -> None:
    ship = await fleet.launch()

    async def endless() -> web.StreamResponse:
        return web.Response(body=b"x" * 200_000)

    ship.answer = endless

    assert await Prober(2).probe(an_instance(ship.url)) is Outcome.too_large
