"""Decides about requests by the route table alone."""

from __future__ import annotations

from typing import Final

import structlog

from ..balance.endpoint import Member
from ..balance.fleet import Fleet
from ..chassis.errors import MethodNotAllowed
from ..chassis.metrics import Metrics
from ..errors import NoHealthyInstance, NoRoute, NoRoutesYet
from ..settings import UpstreamSettings
from ..wire.contract import Forward, Head, Limits, Outcome, Plan, Verdict
from .discovery import Discovery
from .table import Route, RouteTable

PUBLIC: Final = "/api"
IDEMPOTENT: Final = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})

log = structlog.get_logger()


class TableEdge:
    """The owner of the longest prefix gets the request; everybody is let in."""

    def __init__(
        self, discovery: Discovery, limits: UpstreamSettings, body_bytes: int, metrics: Metrics
    ) -> None:
        self._discovery = discovery
        self._metrics = metrics
        self._fleet = Fleet()
        self._limits = Limits(
            body_bytes=body_bytes,
            in_flight=limits.connections,
            connect_seconds=limits.connect_seconds,
            first_byte_seconds=limits.first_byte_seconds,
            idle_seconds=limits.idle_seconds,
        )
        self._table: RouteTable | None = None
        self._plans: dict[Head, Plan] = {}

    def decide(self, head: Head) -> Verdict:
        table = self._discovery.table
        if table is not self._table or len(self._plans) > 10_000:
            self._table, self._plans = table, {}
        plan = self._plans.get(head)
        if plan is None:
            plan = self._plans[head] = self._plan(head, table)
        return Forward(plan)

    def finished(self, head: Head, verdict: Verdict, outcome: Outcome) -> None:
        route = _route_of(verdict)
        self._metrics.observe(head.method, route, outcome.status, outcome.seconds)
        log.info(
            "http.request",
            method=head.method,
            path=head.path,
            route=route,
            status=outcome.status,
            ms=round(outcome.seconds * 1000, 2),
            client=head.client,
            failure=outcome.failure,
        )

    def _plan(self, head: Head, table: RouteTable | None) -> Plan:
        if table is None:
            raise NoRoutesYet("the gateway has not learned yet who owns which path")
        path = head.path.removeprefix(PUBLIC)
        route = table.owner_of(path)
        if route is None:
            raise NoRoute(f"no service owns {head.path}")
        if head.method not in route.methods:
            raise MethodNotAllowed(head.method, route.methods)
        return self._planned(head, path, route)

    def _planned(self, head: Head, path: str, route: Route) -> Plan:
        members = [Member(one.id, one.url) for one in route.instances]
        if not members:
            raise NoHealthyInstance(f"no instance of {route.service} is healthy")
        return Plan(
            service=route.service,
            group=self._fleet.group(route.service, members),
            path=path,
            route=PUBLIC + route.prefix,
            limits=self._limits,
            idempotent=head.method in IDEMPOTENT,
        )


def _route_of(verdict: Verdict) -> str:
    return verdict.plan.route if isinstance(verdict, Forward) else verdict.route
