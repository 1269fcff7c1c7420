"""Where a user is signed in, and how that ends."""

import pytest

from user_service.chassis.auth import Revocations

from tests.people import Service

ADA = "ada@example.com"


async def test_a_user_sees_every_session_and_which_one_asks(service: Service) -> None:
    phone = await service.user(ADA)
    laptop = await service.signed_in(ADA)

    listed = (await service.http.get("/v1/auth/sessions", headers=laptop.headers)).json()

    assert [(one["id"], one["current"]) for one in listed["items"]] == [
        (phone.sid, False),
        (laptop.sid, True),
    ]
    assert listed["items"][0]["ip"] == "127.0.0.1"
    assert listed["items"][0]["user_agent"].startswith("python-httpx/")
    assert listed["next_cursor"] is None


async def test_sessions_are_listed_page_by_page(service: Service) -> None:
    first = await service.user(ADA)
    second = await service.signed_in(ADA)

    page = {"limit": 1}
    one = (await service.http.get("/v1/auth/sessions", params=page, headers=first.headers)).json()
    page = {"limit": 1, "cursor": one["next_cursor"]}
    two = (await service.http.get("/v1/auth/sessions", params=page, headers=first.headers)).json()

    assert [one["items"][0]["id"], two["items"][0]["id"]] == [first.sid, second.sid]


async def test_after_the_logout_neither_token_is_good(service: Service) -> None:
    user = await service.user(ADA)

    left = await service.http.post("/v1/auth/logout", headers=user.headers)

    assert left.status_code == 204
    assert (await service.me(user)).json()["code"] == "token-revoked"
    assert (await service.refresh(user.refresh)).json()["code"] == "refresh-invalid"


async def test_a_logout_ends_this_session_only_and_others_hear_of_it(service: Service) -> None:
    phone = await service.user(ADA)
    laptop = await service.signed_in(ADA)

    await service.http.post("/v1/auth/logout", headers=phone.headers)

    assert (await service.me(laptop)).status_code == 200
    [revoked] = await service.published("user.session_revoked")
    assert (revoked["user_id"], revoked["session_id"]) == (phone.id, phone.sid)
    assert revoked["reason"] == "logout"
    assert revoked["not_before"].endswith("Z")


async def test_logout_all_ends_every_session(service: Service) -> None:
    phone = await service.user(ADA)
    laptop = await service.signed_in(ADA)

    left = await service.http.post("/v1/auth/logout-all", headers=laptop.headers)

    assert left.status_code == 204
    assert (await service.me(phone)).status_code == 401
    assert (await service.me(laptop)).status_code == 401
    [revoked] = await service.published("user.session_revoked")
    assert (revoked["user_id"], revoked["session_id"]) == (phone.id, None)


async def test_a_user_ends_a_session_that_is_elsewhere(service: Service) -> None:
    phone = await service.user(ADA)
    laptop = await service.signed_in(ADA)

    ended = await service.http.delete(f"/v1/auth/sessions/{phone.sid}", headers=laptop.headers)

    assert ended.status_code == 204
    assert (await service.me(phone)).status_code == 401
    assert (await service.me(laptop)).status_code == 200


async def test_a_session_ends_once(service: Service) -> None:
    phone = await service.user(ADA)
    laptop = await service.signed_in(ADA)
    await service.http.delete(f"/v1/auth/sessions/{phone.sid}", headers=laptop.headers)

    again = await service.http.delete(f"/v1/auth/sessions/{phone.sid}", headers=laptop.headers)

    assert again.status_code == 404


async def test_the_session_of_somebody_else_is_not_found(service: Service) -> None:
    ada, eve = await service.user(ADA), await service.user("eve@example.com")

    refused = await service.http.delete(f"/v1/auth/sessions/{ada.sid}", headers=eve.headers)

    assert refused.status_code == 404
    assert (await service.me(ada)).status_code == 200


async def test_every_service_finds_an_ended_session_in_valkey(service: Service) -> None:
    user = await service.user(ADA)
    await service.http.post("/v1/auth/logout", headers=user.headers)
    revocations = service.app.resource(Revocations)

    revocations._until.clear()
    await revocations._look()

    assert revocations.cover(user.sid, None)


@pytest.mark.parametrize("path", ["/v1/auth/logout", "/v1/auth/logout-all"])
async def test_without_a_token_nobody_leaves(service: Service, path: str) -> None:
    refused = await service.http.post(path)

    assert (refused.status_code, refused.json()["code"]) == (401, "token-missing")
