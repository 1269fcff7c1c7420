"""fakepay's HTTP face: Stripe's paths, form-encoded requests, idempotency keys and errors."""

import asyncio
import hmac
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from .ledger import Intent, Ledger, Refused, invalid
from .methods import METHODS
from .payments import Payments
from .settings import FakepaySettings
from .webhooks import Webhooks

PAYMENTS = web.AppKey("payments", Payments)
LEDGER = web.AppKey("ledger", Ledger)

Handler = Any  # Any: aiohttp's own name for it is private


def create_app(settings: FakepaySettings) -> web.Application:
    """The provider, with empty books."""
    app = web.Application(middlewares=[_errors, _keyed(settings), _idempotent({})])
    app[LEDGER] = Ledger()
    app.cleanup_ctx.append(lambda app: _running(app, settings))
    app.add_routes(
        [
            web.post("/v1/payment_intents", _create),
            web.get("/v1/payment_intents/{id}", _get),
            web.post("/v1/payment_intents/{id}/cancel", _cancel),
            web.post("/v1/refunds", _refund),
            web.post("/_fakepay/payment_intents/{id}/authenticate", _authenticate),
            web.get("/_fakepay/ledger", _books),
            web.get("/health", _ready),
        ]
    )
    return app


async def _running(app: web.Application, settings: FakepaySettings) -> AsyncIterator[None]:
    webhooks = Webhooks(settings)
    payments = app[PAYMENTS] = Payments(settings, app[LEDGER], webhooks)
    yield
    await payments.close()
    await webhooks.close()


async def _create(request: web.Request) -> web.Response:
    form = await _form(request)
    method = form.get("payment_method", "")
    if method not in METHODS:
        message = f"No such PaymentMethod: {method!r}; try {[*METHODS]}"
        raise invalid("resource_missing", message, param="payment_method")
    intent = Intent(_amount(form), form.get("currency", ""), method, _metadata(form))
    return web.json_response(await request.app[PAYMENTS].take(intent))


async def _get(request: web.Request) -> web.Response:
    return web.json_response(request.app[LEDGER].get(request.match_info["id"]).document)


async def _cancel(request: web.Request) -> web.Response:
    return web.json_response(request.app[PAYMENTS].cancel(request.match_info["id"]))


async def _refund(request: web.Request) -> web.Response:
    form = await _form(request)
    amount = _amount(form) if "amount" in form else None
    return web.json_response(request.app[PAYMENTS].refund(form.get("payment_intent", ""), amount))


async def _authenticate(request: web.Request) -> web.Response:
    return web.json_response(request.app[PAYMENTS].authenticate(request.match_info["id"]))


async def _books(request: web.Request) -> web.Response:
    return web.json_response(request.app[LEDGER].document)


async def _ready(_: web.Request) -> web.Response:
    return web.json_response({"status": "ok"}, dumps=lambda _: '{"status":"ok"}')


@web.middleware
async def _errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        answer: web.StreamResponse = await handler(request)
    except Refused as refused:
        return web.json_response(refused.document, status=refused.status)
    return answer


def _keyed(settings: FakepaySettings) -> Handler:
    """Only whoever knows the API key may use it."""
    wanted = f"Bearer {settings.api_key.get_secret_value()}".encode()

    @web.middleware
    async def keyed(request: web.Request, handler: Handler) -> web.StreamResponse:
        sent = request.headers.get("authorization", "").encode()
        if request.path.startswith("/v1/") and not hmac.compare_digest(sent, wanted):
            raise Refused(401, "invalid_request_error", "api_key_invalid", "Invalid API Key")
        answer: web.StreamResponse = await handler(request)
        return answer

    return keyed


@dataclass(frozen=True)
class Kept:
    """The first request with a key, and its answer once there is one."""

    asked: tuple[str, bytes]
    answer: asyncio.Future[tuple[int, bytes]]


def _idempotent(kept: dict[str, Kept]) -> Handler:
    """A POST that is sent again with its key has one effect, and the first answer."""

    @web.middleware
    async def idempotent(request: web.Request, handler: Handler) -> web.StreamResponse:
        key = request.headers.get("idempotency-key", "")
        if request.method != "POST" or not key:
            first: web.StreamResponse = await handler(request)
            return first
        asked = (request.path, await request.read())
        if key in kept:
            return _again(kept[key], asked)
        kept[key] = Kept(asked, asyncio.get_running_loop().create_future())
        status, body = await asyncio.shield(asyncio.ensure_future(_answer(handler, request)))
        kept[key].answer.set_result((status, body))
        return web.Response(status=status, body=body, content_type="application/json")

    return idempotent


def _again(kept: Kept, asked: tuple[str, bytes]) -> web.Response:
    if kept.asked != asked:
        message = "Keys for idempotent requests can only be used with the same parameters"
        raise Refused(400, "idempotency_error", "idempotency_key_in_use", message)
    if not kept.answer.done():
        message = "Another request with this key is in progress"
        raise Refused(409, "idempotency_error", "idempotency_key_in_use", message)
    status, body = kept.answer.result()
    headers = {"idempotent-replayed": "true"}
    return web.Response(status=status, body=body, content_type="application/json", headers=headers)


async def _answer(handler: Handler, request: web.Request) -> tuple[int, bytes]:
    answer = await _errors(request, handler)
    assert isinstance(answer, web.Response)
    assert isinstance(answer.body, bytes)
    return answer.status, answer.body


async def _form(request: web.Request) -> Mapping[str, str]:
    return {name: value for name, value in (await request.post()).items() if isinstance(value, str)}


def _amount(form: Mapping[str, str]) -> int:
    text = form.get("amount", "")
    if not re.fullmatch(r"[1-9][0-9]{0,11}", text):
        raise invalid("parameter_invalid_integer", f"Invalid integer: {text!r}")
    return int(text)


def _metadata(form: Mapping[str, str]) -> dict[str, str]:
    found = {name: re.fullmatch(r"metadata\[(\w+)\]", name) for name in form}
    return {match[1]: form[name] for name, match in found.items() if match}
