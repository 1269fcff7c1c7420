"""`/admin/routes` says what is routed where, and how the instances are; `/admin` shows it."""

from __future__ import annotations

from html import escape
from typing import Final

from nexios.http import Request, Response

from ..chassis.application import Application
from ..chassis.http import Reply, answer
from ..chassis.policy import PUBLIC, roles
from ..chassis.routing import Router
from ..chassis.settings import ServiceSettings
from ..routing.discovery import Discovery
from .view import View, view

_PAGE: Final = """<!doctype html><html lang="en"><meta charset="utf-8">
<title>Gateway</title><meta http-equiv="refresh" content="2">
<style>{style}</style><h1>Gateway</h1><p>{registry}</p>
<h2>Routes</h2>{routes}<h2>Clashes</h2>{clashes}<h2>Instances</h2>{instances}</html>"""
_STYLE: Final = (
    "body{font:14px/1.5 system-ui;margin:2rem;color-scheme:light dark}"
    "table{border-collapse:collapse}td,th{text-align:left;padding:.2rem 1rem .2rem 0}"
)
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"


def router(app: Application, discovery: Discovery) -> Router:
    """For everybody while developing, otherwise for the role admin."""
    developing = app.settings(ServiceSettings).in_development
    router = Router(prefix="/admin", policy=PUBLIC if developing else roles("admin"))

    @router.get("/routes", exclude_from_schema=True, quiet=True)
    async def routes(request: Request, response: Response) -> Reply:
        return answer(view(discovery))

    @router.get("", exclude_from_schema=True, quiet=True)
    async def page(request: Request, response: Response) -> Reply:
        return Reply(
            _page(view(discovery)).encode(),
            content_type="text/html; charset=utf-8",
            headers={"content-security-policy": _POLICY},
        )

    return router


def _page(seen: View) -> str:
    return _PAGE.format(
        style=_STYLE,
        registry=escape(f"Registry: {seen.registry}"),
        routes=_table(
            ("prefix", "service", "method", "policy", "limit", "instances"),
            [
                (one.prefix, one.service, one.method, one.policy, one.limit, len(one.instances))
                for one in seen.routes
            ],
        ),
        clashes=_table(
            ("prefix", "owner", "refused"),
            [(one.prefix, one.owner, one.refused) for one in seen.clashes],
        ),
        instances=_table(
            ("service", "url", "version", "state", "weight"),
            [(one.service, one.url, one.version, one.state, one.weight) for one in seen.instances],
        ),
    )


def _table(names: tuple[str, ...], rows: list[tuple[object, ...]]) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(str(value or ''))}</td>" for value in row) + "</tr>"
        for row in rows
    )
    return f"<table><tr>{head}</tr>{body}</table>" if rows else "<p>none</p>"
