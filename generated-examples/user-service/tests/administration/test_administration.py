"""What administrators do with accounts."""

import asyncio
from uuid import uuid4

from httpx import Response

from tests.people import Service, User

ROOT = "/v1/users"


async def give(service: Service, admin: User, to: str, *roles: str) -> Response:
    return await service.http.put(
        f"{ROOT}/{to}/roles", json={"roles": list(roles)}, headers=admin.headers
    )


async def disable(service: Service, admin: User, id: str) -> Response:
    return await service.http.post(f"{ROOT}/{id}/disable", headers=admin.headers)


async def test_an_admin_lists_all_accounts_page_by_page(service: Service) -> None:
    admin = await service.user("root@example.com", "admin")
    ada = await service.user("ada@example.com")

    first = (await service.http.get(ROOT, params={"limit": 1}, headers=admin.headers)).json()
    page = {"limit": 1, "cursor": first["next_cursor"]}
    second = (await service.http.get(ROOT, params=page, headers=admin.headers)).json()

    assert [one["id"] for one in first["items"] + second["items"]] == [admin.id, ada.id]
    assert second["next_cursor"] is None


async def test_an_admin_reads_an_account_without_its_password(service: Service) -> None:
    admin = await service.user("root@example.com", "admin")
    ada = await service.user("ada@example.com")

    found = await service.http.get(f"{ROOT}/{ada.id}", headers=admin.headers)

    assert (found.status_code, found.json()["status"]) == (200, "active")
    assert found.json()["email"] == "ada@example.com"
    assert "password" not in found.text


async def test_an_unknown_account_is_not_found(service: Service) -> None:
    admin = await service.user("root@example.com", "admin")

    assert (await give(service, admin, str(uuid4()), "support")).status_code == 404
    assert (await disable(service, admin, str(uuid4()))).status_code == 404


async def test_new_roles_are_told_to_the_others_with_the_former_ones(service: Service) -> None:
    admin = await service.user("root@example.com", "admin")
    ada = await service.user("ada@example.com")

    changed = await give(service, admin, ada.id, "support", "customer")

    assert (changed.status_code, changed.json()["roles"]) == (200, ["customer", "support"])
    assert await service.published("user.roles_changed") == [
        {"user_id": ada.id, "roles": ["customer", "support"], "previous": ["customer"]}
    ]
    assert (await service.me(ada)).status_code == 200


async def test_who_loses_a_role_loses_the_tokens_that_carry_it(service: Service) -> None:
    admin = await service.user("root@example.com", "admin")
    ada = await service.user("ada@example.com", "customer", "support")

    await give(service, admin, ada.id, "customer")

    assert (await service.me(ada)).json()["code"] == "token-revoked"
    assert (await service.refresh(ada.refresh)).status_code == 401
    assert (await service.signed_in(ada.email)).claims["roles"] == ["customer"]


async def test_nobody_is_made_a_service(service: Service) -> None:
    admin = await service.user("root@example.com", "admin")

    assert (await give(service, admin, admin.id, "admin", "service")).status_code == 422


async def test_the_last_admin_stays_one(service: Service) -> None:
    admin = await service.user("root@example.com", "admin")

    demoted = await give(service, admin, admin.id, "customer")
    disabled = await disable(service, admin, admin.id)

    assert (demoted.status_code, demoted.json()["code"]) == (409, "last-admin")
    assert (disabled.status_code, disabled.json()["code"]) == (409, "last-admin")


async def test_of_two_admins_who_demote_each_other_at_once_one_stays(service: Service) -> None:
    ada = await service.user("ada@example.com", "admin")
    eve = await service.user("eve@example.com", "admin")

    answers = await asyncio.gather(
        give(service, ada, eve.id, "customer"), give(service, eve, ada.id, "customer")
    )

    statuses = sorted(answer.status_code for answer in answers)
    assert statuses in ([200, 409], [200, 401])  # 401: the other was faster, and it is out already
    admins = await service.database.fetchval(
        "SELECT count(*) FROM users WHERE 'admin' = ANY (roles)"
    )
    assert admins == 1


async def test_a_disabled_user_is_out_at_once_and_does_not_come_in_again(service: Service) -> None:
    admin = await service.user("root@example.com", "admin")
    ada = await service.user("ada@example.com")

    assert (await disable(service, admin, ada.id)).status_code == 204

    assert (await service.me(ada)).json()["code"] == "token-revoked"
    assert (await service.refresh(ada.refresh)).status_code == 401
    refused = await service.login("ada@example.com")
    assert (refused.status_code, refused.json()["code"]) == (401, "invalid-credentials")


async def test_what_an_admin_does_is_in_the_audit_log(service: Service) -> None:
    admin = await service.user("root@example.com", "admin")
    ada = await service.user("ada@example.com")
    await disable(service, admin, ada.id)

    row = await service.database.fetchrow("SELECT * FROM audit_log WHERE action = 'user.disabled'")

    assert row is not None
    assert (str(row["user_id"]), row["actor"], row["ip"]) == (ada.id, admin.id, "127.0.0.1")
    assert row["request_id"]
