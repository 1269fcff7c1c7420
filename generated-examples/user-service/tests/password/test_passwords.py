"""A forgotten password, and a new one."""

from httpx import Response

from tests.people import PASSWORD, Service, User

ADA = "ada@example.com"
NEW = "a better horse than before"


async def forget(service: Service, email: str) -> Response:
    return await service.http.post("/v1/auth/password/forgot", json={"email": email})


async def reset(service: Service, token: str, password: str = NEW) -> Response:
    return await service.http.post(
        "/v1/auth/password/reset", json={"token": token, "new_password": password}
    )


async def change(service: Service, user: User, current: str, new: str = NEW) -> Response:
    return await service.http.put(
        "/v1/users/me/password",
        json={"current_password": current, "new_password": new},
        headers=user.headers,
    )


async def test_every_address_gets_the_same_answer_and_a_known_one_a_mail(service: Service) -> None:
    await service.user(ADA)

    known, unknown = await forget(service, ADA), await forget(service, "nobody@example.com")

    assert known.status_code == 202
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
    assert (await service.mails(ADA))[-1]["template"] == "reset"
    assert await service.mails("nobody@example.com") == []


async def test_the_link_sets_a_new_password_and_signs_out_everywhere(service: Service) -> None:
    user = await service.user(ADA)
    await forget(service, ADA)

    done = await reset(service, await service.link(ADA))

    assert done.status_code == 204
    assert (await service.me(user)).json()["code"] == "token-revoked"
    assert (await service.login(ADA, PASSWORD)).status_code == 401
    assert (await service.login(ADA, NEW)).status_code == 200
    [revoked] = await service.published("user.session_revoked")
    assert (revoked["session_id"], revoked["reason"]) == (None, "password-reset")


async def test_a_new_password_is_told_to_its_owner(service: Service) -> None:
    await service.user(ADA)
    await forget(service, ADA)
    await reset(service, await service.link(ADA))

    assert (await service.mails(ADA))[-1]["template"] == "password-changed"


async def test_a_link_resets_once(service: Service) -> None:
    await service.user(ADA)
    await forget(service, ADA)
    token = await service.link(ADA)
    await reset(service, token)

    again = await reset(service, token, "yet another good password")

    assert (again.status_code, again.json()["code"]) == (410, "token-used-or-expired")
    assert (await service.login(ADA, NEW)).status_code == 200


async def test_a_weak_password_leaves_the_link_as_it_is(service: Service) -> None:
    await service.user(ADA)
    await forget(service, ADA)
    token = await service.link(ADA)

    weak = await reset(service, token, "short")

    assert (weak.status_code, weak.json()["errors"][0]["pointer"]) == (422, "/new_password")
    assert (await reset(service, token)).status_code == 204


async def test_a_link_for_one_door_opens_no_other(service: Service) -> None:
    await service.register(ADA)

    assert (await reset(service, await service.link(ADA))).status_code == 410


async def test_a_reset_lets_a_locked_user_in(service: Service) -> None:
    await service.user(ADA)
    for _ in range(11):
        await service.login(ADA, "not the password at all")
    await forget(service, ADA)
    await reset(service, await service.link(ADA))

    assert (await service.login(ADA, NEW)).status_code == 200


async def test_a_change_ends_all_other_sessions(service: Service) -> None:
    phone = await service.user(ADA)
    laptop = await service.signed_in(ADA)

    done = await change(service, laptop, PASSWORD)

    assert done.status_code == 204
    assert (await service.me(phone)).status_code == 401
    assert (await service.me(laptop)).status_code == 200
    assert (await service.login(ADA, NEW)).status_code == 200


async def test_who_does_not_know_the_password_changes_nothing(service: Service) -> None:
    user = await service.user(ADA)

    refused = await change(service, user, "not the password at all")

    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert (await service.login(ADA)).status_code == 200


async def test_a_weak_new_password_is_refused(service: Service) -> None:
    user = await service.user(ADA)

    refused = await change(service, user, PASSWORD, "password1234")

    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "weak-password")
