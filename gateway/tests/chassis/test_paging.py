from uuid import UUID

import pytest

from gateway.chassis import paging
from gateway.chassis.errors import InvalidCursor


def test_a_cursor_brings_its_key_back() -> None:
    assert paging.decode("orders", paging.encode("orders", "2026|ü"), str) == "2026|ü"


@pytest.mark.parametrize("cursor", ["", "A", "not base64!", "ünïcode", "AAAAAAAAAAAAAAAA"])
def test_what_is_no_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidCursor):
        paging.decode("orders", cursor, str)


def test_a_changed_cursor_is_refused() -> None:
    cursor = paging.encode("orders", "17")

    with pytest.raises(InvalidCursor):
        paging.decode("orders", cursor[:-1] + ("A" if cursor[-1] != "A" else "B"), str)


def test_a_cursor_of_another_list_is_refused() -> None:
    with pytest.raises(InvalidCursor):
        paging.decode("orders", paging.encode("customers", "17"), str)


@pytest.mark.parametrize("key", ["", "17", "\0"])
def test_a_key_that_somebody_made_up_is_refused(key: str) -> None:
    with pytest.raises(InvalidCursor):
        paging.decode("orders", paging.encode("orders", key), UUID)


def test_no_key_has_what_no_database_takes() -> None:
    with pytest.raises(InvalidCursor):
        paging.decode("orders", paging.encode("orders", "a\0b"), str)


def test_the_last_page_has_no_next_cursor() -> None:
    assert paging.page([1, 2], 2, str).next_cursor is None


def test_a_page_before_the_last_goes_on_after_its_last_item() -> None:
    page = paging.page([1, 2, 3], 2, str)

    assert (page.items, page.next_cursor) == ([1, 2], "2")
