"""Search: words in all their forms, the best first, and words that are spelled wrong."""

import pytest

from tests.shop import Shop


@pytest.fixture
async def clothes(shop: Shop) -> Shop:
    """A shop with some clothes."""
    await shop.product(sku="JK-1", name="Leather jacket", description="Black, with a zip.")
    await shop.product(sku="JK-2", name="Rain jacket", description="Better than leather in rain.")
    await shop.product(sku="BT-1", name="Walking boots", description="Brown leather.")
    await shop.product(sku="SC-1", name="Scarf", description="Warm wool.")
    return shop


async def test_a_word_in_the_name_counts_more_than_one_in_the_description(clothes: Shop) -> None:
    found = await clothes.names(q="leather")

    assert found[0] == "Leather jacket"
    assert set(found) == {"Leather jacket", "Rain jacket", "Walking boots"}


async def test_every_word_must_be_there_in_any_form(clothes: Shop) -> None:
    assert await clothes.names(q="leather jackets zips") == ["Leather jacket"]
    assert await clothes.names(q="jackets", sort="name") == ["Leather jacket", "Rain jacket"]


async def test_a_phrase_is_quoted_and_a_word_taken_out(clothes: Shop) -> None:
    assert await clothes.names(q='"brown leather"') == ["Walking boots"]
    assert await clothes.names(q="leather -jacket") == ["Walking boots"]


async def test_a_product_is_found_by_its_sku(clothes: Shop) -> None:
    assert await clothes.names(q="bt-1") == ["Walking boots"]


async def test_what_is_spelled_wrong_is_found_with_a_suggestion(clothes: Shop) -> None:
    found = await clothes.find(q="lether jaket")

    assert found["items"][0]["name"] == "Leather jacket"
    assert found["suggestion"] == "leather jacket"


async def test_what_is_spelled_right_needs_no_suggestion(clothes: Shop) -> None:
    assert (await clothes.find(q="leather jacket"))["suggestion"] is None


async def test_what_nothing_is_like_is_not_found(clothes: Shop) -> None:
    assert await clothes.find(q="xylophone") == {
        "items": [],
        "next_cursor": None,
        "suggestion": None,
    }


@pytest.mark.parametrize("asked", ["jacket", "jaket"])
async def test_what_is_found_comes_a_page_at_a_time(clothes: Shop, asked: str) -> None:
    first = await clothes.find(q=asked, limit=1)
    second = await clothes.find(q=asked, limit=1, cursor=first["next_cursor"])

    names = {page["items"][0]["name"] for page in (first, second)}
    assert names == {"Leather jacket", "Rain jacket"}
    assert second["next_cursor"] is None


@pytest.mark.parametrize("asked", ["the", "'", "a & | !", "100%", "\\", "-", "☕"])
async def test_no_words_are_an_error(clothes: Shop, asked: str) -> None:
    assert (await clothes.find(q=asked))["items"] == []
