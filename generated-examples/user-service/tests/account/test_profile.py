"""One's own profile."""

from httpx import Response

from tests.people import Service, User


async def change(service: Service, user: User, seen: str, **said: str | None) -> Response:
    return await service.http.patch(
        "/v1/users/me", json=said, headers={**user.headers, "if-match": seen}
    )


async def test_a_user_reads_the_own_profile_with_its_version(service: Service) -> None:
    user = await service.user("ada@example.com")

    mine = await service.me(user)

    assert mine.status_code == 200
    assert mine.headers["etag"] == '"v2"'
    assert mine.json()["email"] == "ada@example.com"
    assert mine.json()["email_verified"] is True
    assert mine.json()["roles"] == ["customer"]
    assert "password" not in mine.text


async def test_who_has_read_this_version_need_not_read_it_again(service: Service) -> None:
    user = await service.user()

    same = await service.http.get("/v1/users/me", headers={**user.headers, "if-none-match": '"v2"'})

    assert same.status_code == 304


async def test_a_change_is_the_next_version_and_others_hear_what_it_is(service: Service) -> None:
    user = await service.user()

    changed = await change(service, user, '"v2"', display_name="Ada L.", locale="en")

    assert (changed.status_code, changed.headers["etag"]) == (200, '"v3"')
    assert changed.json()["display_name"] == "Ada L."
    assert await service.published("user.profile_updated") == [
        {
            "user_id": user.id,
            "changed": ["display_name"],
            "email": user.email,
            "display_name": "Ada L.",
            "locale": "en",
        }
    ]


async def test_a_change_of_nothing_changes_nothing(service: Service) -> None:
    user = await service.user()

    same = await change(service, user, '"v2"', display_name="Ada")

    assert (same.status_code, same.headers["etag"]) == (200, '"v2"')
    assert await service.published("user.profile_updated") == []


async def test_of_two_changes_of_one_version_the_second_is_refused(service: Service) -> None:
    user = await service.user()

    first = await change(service, user, '"v2"', display_name="mine")
    second = await change(service, user, '"v2"', display_name="yours")

    assert (first.status_code, second.status_code) == (200, 412)
    assert second.json()["code"] == "version-mismatch"
    assert (await service.me(user)).json()["display_name"] == "mine"


async def test_a_change_says_which_version_it_changes(service: Service) -> None:
    user = await service.user()

    refused = await service.http.patch("/v1/users/me", json={}, headers=user.headers)

    assert (refused.status_code, refused.json()["code"]) == (428, "if-match-required")
