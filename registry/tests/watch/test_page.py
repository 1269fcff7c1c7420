import base64
import hashlib
import re

from httpx import AsyncClient


def inline(page: str, tag: str) -> str:
    """The hash of what the page has inline in this tag."""
    [text] = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


async def test_the_page_loads_nothing_and_its_own_script_and_style_are_allowed(
    client: AsyncClient,
) -> None:
    page = await client.get("/")

    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert not re.search(r"""(src|href)=["'](?!data:|services")""", page.text)
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert f"style-src 'sha256-{inline(page.text, 'style')}';" in policy
    assert f"script-src 'sha256-{inline(page.text, 'script')}';" in policy


async def test_the_page_writes_what_services_say_as_text_only(client: AsyncClient) -> None:
    page = (await client.get("/")).text

    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", page)
