"""Decides about every request: where it goes, who may send it, and how often.

What follows from a head alone is remembered with it (a client repeats itself); what may change from
one request to the next, the token's validity and the bucket, is looked at each time.
"""

from __future__ import annotations

from collections.abc import Awaitable, Coroutine
from dataclasses import dataclass
from math import inf
from typing import Final

from ..balance.fleet import Fleet
from ..chassis.auth.standing import Standing
from ..chassis.cors import Origins
from ..chassis.errors import ServiceError, TooManyRequests
from ..chassis.policy import Principal
from ..errors import NoHealthyInstance
from ..routing.discovery import Discovery
from ..routing.table import RouteTable, Rule
from ..wire.contract import Answer, Forward, Head, Header, Limits, Plan, Refuse, Verdict
from ..wire.crossing import written
from ..wire.head import Block
from .bucket import Taken
from .buckets import Buckets
from .classes import Classes, Rate
from .identity import Callers, handshake_token, require_own_page, token_of, told_of
from .matching import Match, match, require_slashes
from .told import Told

IDEMPOTENT: Final = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
_REMEMBERED: Final = 2048  # as many as blocks are: without its block, a case is never found again


@dataclass(slots=True, eq=False)
class Case:
    """What follows from method, path, headers and table; `plan` is that of the last caller."""

    match: Match
    rule: Rule
    rate: Rate
    token: str | None
    beside: str | None
    answer: tuple[Header, ...]
    lines: bytes  # those of the answer, up to the numbers of the limit
    standing: Standing | None = None
    caller: Principal | None = None
    plan: Plan | None = None


class GatewayEdge:
    """The implementation of Edge."""

    def __init__(
        self,
        discovery: Discovery,
        callers: Callers,
        buckets: Buckets,
        classes: Classes,
        origins: Origins | None,
        limits: Limits,
        told: Told,
    ) -> None:
        self._discovery = discovery
        self._callers = callers
        self._buckets = buckets
        self._lent = buckets.lent
        self._classes = classes
        self._origins = origins
        self._limits = limits
        self.finished = told.finished
        self._fleet = Fleet(discovery.suspect)
        self._table: RouteTable | None = None
        self._cases: dict[tuple[str, str, Block], Case] = {}
        self._plans: dict[tuple[object, ...], Plan] = {}

    def decide(self, head: Head) -> Verdict | Awaitable[Verdict]:
        table = self._discovery.table
        if table is not self._table:
            self._turn_to(table)
        start, block = head.start, head.block
        case = self._cases.get((start.method, start.path, block))
        if case is None:
            looked = self._look(head, table)
            if not isinstance(looked, Case):
                return looked
            case = looked
            if block.lasting and not head.upgrade:  # whose query and page are looked at
                if len(self._cases) >= _REMEMBERED:
                    self._cases.clear()
                self._cases[start.method, start.path, block] = case
        standing = case.standing
        if standing is None or not standing.lasts():
            return self._admit(head, case)
        caller, plan = standing.principal, case.plan
        who = f"user:{caller.sub}" if case.rate.by_user else head.origin.client
        if plan is not None and case.caller is caller and (lent := self._lent(case.rate, who)):
            left = b"%b;r=%d;t=%d\r\n" % (case.lines, lent.left + lent.lent, lent.wait)
            return Forward(plan, left)
        return self._counted(head, case, caller, self._buckets.take(case.rate, who))

    def _admit(self, head: Head, case: Case) -> Verdict | Awaitable[Verdict]:
        try:
            caller = self._callers.admit(head, case.rule.policy, case.token, case.beside)
        except ServiceError as error:
            return self._refuse(case, error)
        if caller is None or isinstance(caller, Standing):
            case.standing = caller
            return self._count(head, case, caller.principal if caller else None)
        return self._later(head, case, caller)

    def _turn_to(self, table: RouteTable | None) -> None:
        """Forget what followed from the table before; groups stay as long as they are the same."""
        self._table = table
        self._cases.clear()
        self._plans.clear()

    def _look(self, head: Head, table: RouteTable | None) -> Case | Verdict:
        origin = head.header(b"origin") if self._origins else None
        answer = tuple(self._origins.answer(origin)) if self._origins else ()
        try:
            found = match(head, table, learning=self._discovery.learning)
            if self._origins and origin is not None and _is_preflight(head):
                return self._preflight(origin, found)
            rule = found.rule_of(head.method)
            require_slashes(found, rule, table)
            token, (beside, exposed) = token_of(head), (None, False)
            if head.upgrade and found.tunnel:
                beside, exposed = handshake_token(head)
                require_own_page(head, self._origins, exposed=exposed)
        except ServiceError as error:
            return Refuse(error, answer=answer)
        rate = self._classes.of(rule.limit, head.method)
        lines = b"".join([written(*one) for one in (*answer, (b"ratelimit-policy", rate.policy))])
        lines += b"ratelimit: " + rate.label
        return Case(found, rule, rate, token, beside, answer, lines)

    def _preflight(self, origin: bytes, found: Match) -> Answer:
        assert self._origins is not None
        headers = self._origins.preflight(origin, found.route.rules)
        return Answer(204, tuple(headers), route="preflight")

    async def _later(
        self, head: Head, case: Case, caller: Coroutine[None, None, Principal | None]
    ) -> Verdict:
        """A token that is not known is counted first: to verify it costs more than the request."""
        rate = self._classes.unverified if case.rate.by_user else case.rate
        taken = self._buckets.take(rate, head.client)
        if not isinstance(taken, Taken):
            taken = await taken
        if not taken.admitted:
            caller.close()
            return self._too_many(case, rate, taken)
        try:
            known = await caller
        except ServiceError as error:
            return self._refuse(case, error)
        if not case.rate.by_user:
            return self._verdict(head, case, known, taken)
        verdict = self._count(head, case, known)
        return verdict if isinstance(verdict, Verdict) else await verdict

    def _count(
        self, head: Head, case: Case, caller: Principal | None
    ) -> Verdict | Awaitable[Verdict]:
        who = f"user:{caller.sub}" if caller is not None and case.rate.by_user else head.client
        taken = self._buckets.take(case.rate, who)
        return self._counted(head, case, caller, taken)

    def _counted(
        self, head: Head, case: Case, caller: Principal | None, taken: Taken | Awaitable[Taken]
    ) -> Verdict | Awaitable[Verdict]:
        if isinstance(taken, Taken):
            return self._verdict(head, case, caller, taken)
        return self._waited(head, case, caller, taken)

    async def _waited(
        self, head: Head, case: Case, caller: Principal | None, taken: Awaitable[Taken]
    ) -> Verdict:
        return self._verdict(head, case, caller, await taken)

    def _verdict(self, head: Head, case: Case, caller: Principal | None, taken: Taken) -> Verdict:
        if not taken.admitted:
            return self._too_many(case, case.rate, taken)
        if not case.rule.members:
            missing = NoHealthyInstance(f"no instance of {case.match.route.service} is healthy")
            return Refuse(
                missing, case.match.label, case.rate.name, _answer(case, case.rate, taken)
            )
        if case.plan is None or case.caller is not caller:
            case.plan, case.caller = self._plan(head.method, case, caller), caller
        return Forward(case.plan, b"%b;r=%d;t=%d\r\n" % (case.lines, taken.left, taken.wait))

    def _plan(self, method: str, case: Case, caller: Principal | None) -> Plan:
        """The same one for all requests that differ only in what is passed on unchanged."""
        found, rule = case.match, case.rule
        told = told_of(caller)
        expires = caller.exp if caller is not None and found.tunnel else inf
        key = (method, found.label, found.path, told, expires)
        plan = self._plans.get(key)
        if plan is None:
            if len(self._plans) >= _REMEMBERED:
                self._plans.clear()
            plan = self._plans[key] = Plan(
                service=found.route.service,
                group=self._fleet.group(found.route.service, rule.members, hash_by=rule.hash_by),
                path=found.path,
                route=found.label,
                limit=case.rate.name,
                identity=told,
                limits=self._limits,
                expires=expires,
                idempotent=method in IDEMPOTENT,
                tunnel=found.tunnel,
            )
        return plan

    def _too_many(self, case: Case, rate: Rate, taken: Taken) -> Refuse:
        message = f"{rate.quota} requests in {rate.per} seconds are allowed; "
        error = TooManyRequests(
            f"{message}come again in {taken.wait} seconds", retry_after=taken.wait
        )
        return Refuse(error, case.match.label, rate.name, _answer(case, rate, taken))

    def _refuse(self, case: Case, error: ServiceError) -> Refuse:
        return Refuse(error, case.match.label, case.rate.name, case.answer)


def _answer(case: Case, rate: Rate, taken: Taken) -> tuple[Header, ...]:
    left = b"%b;r=%d;t=%d" % (rate.label, taken.left, taken.wait)
    return (*case.answer, (b"ratelimit-policy", rate.policy), (b"ratelimit", left))


def _is_preflight(head: Head) -> bool:
    return head.method == "OPTIONS" and bool(head.header(b"access-control-request-method"))
