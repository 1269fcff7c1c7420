"""What mails say, and how an admin changes it."""

from collections.abc import Callable
from typing import Any

import pytest
from httpx import Response

from notification_service.chassis.application import Application
from notification_service.template.kinds import KINDS

from tests.chassis.fixtures_auth import bearer, token
from tests.chassis.fixtures_service import client_for
from tests.people import ID, Order, User
from tests.shop import Service

ADMIN = bearer(token(sub=ID, roles=["admin"]))


async def change(service: Service, key: str, **said: object) -> Response:
    return await service.http.put(f"/v1/templates/{key}", json=said, headers=ADMIN)


async def preview(service: Service, key: str, **said: object) -> Response:
    return await service.http.post(f"/v1/templates/{key}/preview", json=said, headers=ADMIN)


async def listed(service: Service) -> list[dict[str, Any]]:
    query = {"limit": "100"}
    answer = await service.http.get("/v1/templates", params=query, headers=ADMIN)
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


@pytest.mark.parametrize("locale", ["en", "de"])
async def test_every_mail_has_a_template_that_works(service: Service, locale: str) -> None:
    found = {one["key"] for one in await listed(service) if one["locale"] == locale}

    assert found == set(KINDS)
    statuses = {key: (await preview(service, key, locale=locale)).status_code for key in KINDS}
    assert statuses == dict.fromkeys(KINDS, 200)


async def test_a_changed_template_is_the_next_version_and_is_used(service: Service) -> None:
    changed = await change(
        service, "delivered", locale="en", subject="Here it is", text="Hi {{ display_name }}"
    )

    assert (changed.status_code, changed.json()["version"]) == (201, 2)
    user = await service.meet(User())
    await service.say("order.delivered", Order(user).event(shipment_id=ID))
    [mail] = await service.mails(user)
    assert (mail["subject"], mail["text"], mail["html"]) == ("Here it is", "Hi Ada\n", None)


async def test_another_language_is_used_for_who_speaks_it(service: Service) -> None:
    await change(service, "delivered", locale="fr", subject="Livré", text="Bonjour")
    user = await service.meet(User(locale="fr"))

    await service.say("order.delivered", Order(user).event(shipment_id=ID))

    [mail] = await service.mails(user)
    assert mail["subject"] == "Livré"


async def test_a_start_changes_no_template_that_somebody_changed(
    service: Service, create_app: Callable[[], Application]
) -> None:
    await change(service, "delivered", subject="Mine", text="Mine")
    before = await listed(service)

    async with client_for(create_app()):
        assert await listed(service) == before


async def test_a_template_that_wants_what_its_mail_does_not_have_is_refused(
    service: Service,
) -> None:
    refused = await change(service, "paid", subject="Paid", text="{{ colour }}")

    assert (refused.status_code, refused.json()["code"]) == (422, "template-error")
    assert refused.json()["errors"] == [
        {"pointer": "/text", "code": "template-error", "message": "'colour' is undefined"}
    ]
    assert "{{ colour }}" not in [one["text"] for one in await listed(service)]


async def test_every_part_that_does_not_work_is_named(service: Service) -> None:
    refused = await preview(service, "paid", subject="{{ a }}", text="{{ b }}", html="{{ c }}")

    pointers = [fault["pointer"] for fault in refused.json()["errors"]]
    assert pointers == ["/subject", "/text", "/html"]


async def test_what_is_filled_in_cannot_break_out_of_the_html(service: Service) -> None:
    shown = await preview(service, "delivered", data={"display_name": "<script>"})

    assert "<script>" in shown.json()["text"]
    assert "<p>Hello &lt;script&gt;,</p>" in shown.json()["html"]


async def test_a_subject_is_one_line_whatever_fills_it(service: Service) -> None:
    shown = await preview(service, "paid", data={"number": "1\r\nBcc: everybody@example.com"})

    assert shown.json()["subject"] == "Your order 1 Bcc: everybody@example.com is paid"


async def test_a_preview_keeps_nothing(service: Service) -> None:
    await preview(service, "paid", subject="Draft", text="Draft")

    assert "Draft" not in [one["subject"] for one in await listed(service)]


async def test_there_are_no_templates_but_those_of_the_mails(service: Service) -> None:
    refused = await change(service, "love-letter", subject="I", text="you")

    assert refused.status_code == 404
    assert "verify" in refused.json()["detail"]


async def test_templates_are_listed_page_by_page(service: Service) -> None:
    query = {"limit": "20"}
    first = (await service.http.get("/v1/templates", params=query, headers=ADMIN)).json()
    query["cursor"] = first["next_cursor"]
    second = (await service.http.get("/v1/templates", params=query, headers=ADMIN)).json()

    assert first["items"] + second["items"] == await listed(service)
