from ipaddress import ip_network

import pytest

from registry.instance.address import LOOPBACK, PRIVATE, Place, locate
from registry.instance.errors import RefusedUrl

EVERYTHING = [ip_network("0.0.0.0/0"), ip_network("::/0")]


async def refusal(url: str, *, loopback: bool = False) -> str:
    with pytest.raises(RefusedUrl) as refused:
        await locate(url, EVERYTHING, loopback=loopback)
    return str(refused.value)


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("http://10.1.2.3:80", "10.1.2.3"),
        ("https://192.168.1.1", "192.168.1.1"),
        ("http://[fd00::1]:8080", "fd00::1"),
    ],
)
async def test_a_private_address_is_where_it_says(url: str, address: str) -> None:
    assert await locate(url, PRIVATE, loopback=False) == Place(url, address)


async def test_a_name_is_resolved_once_and_pinned() -> None:
    found = await locate("http://LOCALHOST:80/", [*PRIVATE, *LOOPBACK], loopback=True)

    assert found.url == "http://localhost:80"
    assert found.address in ("127.0.0.1", "::1")


async def test_a_name_that_nobody_knows_is_refused() -> None:
    assert "does not resolve" in await refusal("http://nobody.invalid")


async def test_an_address_outside_of_the_allowed_networks_is_refused() -> None:
    with pytest.raises(RefusedUrl, match="outside REGISTRY_ALLOWED_CIDRS"):
        await locate("http://192.0.2.1", PRIVATE, loopback=False)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "[::1]", "localhost"])
async def test_this_machine_is_refused_outside_of_development(host: str) -> None:
    assert "this machine itself" in await refusal(f"http://{host}")


@pytest.mark.parametrize(
    "host",
    ["169.254.169.254", "169.254.1.1", "[fe80::1]", "[fd00:ec2::254]", "100.100.100.200"],
)
async def test_link_local_addresses_and_those_of_metadata_are_never_allowed(host: str) -> None:
    assert "link-local" in await refusal(f"http://{host}", loopback=True)


@pytest.mark.parametrize("host", ["0.0.0.0", "[::]", "224.0.0.1", "[ff02::1]"])  # noqa: S104
async def test_what_is_no_single_machine_is_refused(host: str) -> None:
    assert "no address of one machine" in await refusal(f"http://{host}", loopback=True)


@pytest.mark.parametrize(
    "host",
    [
        "2130706433",
        "0x7f000001",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "127.1",
        "127.0.0.1.",
        "127.0.0.01",
        "10.0.0.256",
        "1.2.3.4.5",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[0:0:0:0:0:0:0:1]",
        "[fd00::1%25eth0]",
        "[2002:7f00:1::]",
        "[v1.fe80]",
        "a..b",
        "-a.b",
        "a_b!",
    ],
)
async def test_an_odd_spelling_is_refused(host: str) -> None:
    await refusal(f"http://{host}", loopback=True)


@pytest.mark.parametrize(
    "url",
    [
        "http://user@10.0.0.1",
        "http://user:word@10.0.0.1",
        "http://10.0.0.1#part",
        "http://10.0.0.1/#",
        "http://10.0.0.1/path",
        "http://10.0.0.1?",
        "http://10.0.0.1\\@10.0.0.2",
        "http://10.0.0.1:",
        "http://10.0.0.1:0",
        "http://10.0.0.1:99999",
        "http:10.0.0.1",
        "//10.0.0.1",
        "ftp://10.0.0.1",
        "file:///etc/passwd",
        "http://",
        "http://[::1",
        "http://10.0.0.1\n",
        "http://１0.0.0.1",  # noqa: RUF001
    ],
)
async def test_what_is_no_plain_origin_is_refused(url: str) -> None:
    await refusal(url, loopback=True)
