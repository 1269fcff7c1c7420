import pytest

from gateway.balance.endpoint import Member
from gateway.chassis.policy import AUTHENTICATED, PUBLIC, Policy
from gateway.routing.snapshot import (
    NOBODY,
    KnownInstance,
    Metadata,
    PublishedRoute,
    Services,
    Snapshot,
)
from gateway.routing.table import Clash, RouteTable


def instance(name: str, *prefixes: str, state: str = "healthy", **methods: str) -> KnownInstance:
    """An instance that publishes these prefixes, with GET unless `methods` are given."""
    allowed = frozenset(methods.get("methods", "GET").split())
    routes = tuple(PublishedRoute(prefix=prefix, methods=allowed) for prefix in prefixes)
    return KnownInstance(
        id=name, url=f"http://{name}", state=state, metadata=Metadata(routes=routes)
    )


def publishing(name: str, *routes: PublishedRoute, websocket: bool = False) -> KnownInstance:
    metadata = Metadata(routes=routes, websocket=websocket)
    return KnownInstance(id=name, url=f"http://{name}", state="healthy", metadata=metadata)


def services(**known: list[KnownInstance]) -> Services:
    return {name: tuple(some) for name, some in known.items()}


def snapshot(**known: list[KnownInstance]) -> Snapshot:
    return Snapshot(revision=1, services=dict(services(**known)))


def owner(table: RouteTable, path: str) -> str | None:
    route = table.owner_of(path)
    return route.service if route else None


@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("/v1/a", "short"),
        ("/v1/a/", "short"),
        ("/v1/a/x/y", "short"),
        ("/v1/ab", None),
        ("/v1/a/b", "long"),
        ("/v1/a/b/c/d/e/f", "long"),
        ("/v1/a/bc", "short"),
        ("/v1", None),
        ("/", None),
        ("", None),
        ("/x/v1/a", None),
    ],
)
def test_the_longest_prefix_of_whole_segments_wins(path: str, service: str | None) -> None:
    table = RouteTable.build(
        services(short=[instance("s", "/v1/a")], long=[instance("l", "/v1/a/b")])
    )

    assert owner(table, path) == service


def test_of_two_that_claim_a_prefix_the_first_keeps_it() -> None:
    table = RouteTable.build(
        services(first=[instance("f", "/v1/a")], second=[instance("s", "/v1/a", "/v1/b")])
    )

    assert owner(table, "/v1/a") == "first"
    assert owner(table, "/v1/b") == "second"
    assert table.clashes == (Clash("/v1/a", owner="first", refused="second"),)


def test_who_owned_a_prefix_keeps_it_when_the_order_changes() -> None:
    first, second = [instance("f", "/v1/a")], [instance("s", "/v1/a")]
    before = RouteTable.build(services(first=first, second=second))

    after = RouteTable.build(services(second=second, first=first), before)

    assert owner(after, "/v1/a") == "first"


def test_who_no_longer_claims_a_prefix_loses_it() -> None:
    first, second = [instance("f", "/v1/a")], [instance("s", "/v1/a")]
    before = RouteTable.build(services(first=first, second=second))

    after = RouteTable.build(services(second=second), before)

    assert owner(after, "/v1/a") == "second"
    assert after.clashes == ()


def test_a_route_leads_only_to_instances_that_publish_it_and_are_healthy() -> None:
    old, new = instance("old", "/v1/a"), instance("new", "/v1/a", "/v1/a/fresh")
    ill = instance("ill", "/v1/a", state="unhealthy")
    table = RouteTable.build(services(shop=[old, new, ill]))

    assert table.routes["/v1/a"].rules["GET"].members == (
        Member("old", "http://old"),
        Member("new", "http://new"),
    )
    assert table.routes["/v1/a/fresh"].rules["GET"].members == (Member("new", "http://new"),)


def test_a_suspect_instance_is_asked_where_no_other_is_healthy() -> None:
    doubtful = instance("doubtful", "/v1/a", state="suspect")
    alone = RouteTable.build(services(shop=[doubtful]))
    beside = RouteTable.build(services(shop=[doubtful, instance("well", "/v1/a")]))

    assert [one.id for one in alone.routes["/v1/a"].rules["GET"].members] == ["doubtful"]
    assert [one.id for one in beside.routes["/v1/a"].rules["GET"].members] == ["well"]


def test_a_method_leads_to_the_instances_that_answer_it_and_head_is_where_get_is() -> None:
    old, new = instance("old", "/v1/a", methods="GET"), instance("new", "/v1/a", methods="POST")
    table = RouteTable.build(services(shop=[old, new]))

    leads = {
        method: [one.id for one in rule.members]
        for method, rule in table.routes["/v1/a"].rules.items()
    }
    assert leads == {"GET": ["old"], "HEAD": ["old"], "POST": ["new"]}


def test_of_two_versions_the_one_that_demands_less_decides_who_gets_through() -> None:
    strict = PublishedRoute(prefix="/v1/a", methods=frozenset({"GET"}), policy="authenticated")
    lax = PublishedRoute(prefix="/v1/a", methods=frozenset({"GET"}), limit="search")

    table = RouteTable.build(services(shop=[publishing("old", strict), publishing("new", lax)]))

    rule = table.routes["/v1/a"].rules["GET"]
    assert (rule.policy, rule.limit) == (PUBLIC, "search")


@pytest.mark.parametrize(
    ("policy", "roles", "demanded"),
    [
        ("public", [], PUBLIC),
        ("authenticated", [], AUTHENTICATED),
        ("roles", ["support"], Policy("roles", frozenset({"support"}))),
        ("invented-later", [], NOBODY),
    ],
)
def test_a_policy_that_is_not_understood_lets_nobody_in(
    policy: str, roles: list[str], demanded: Policy
) -> None:
    route = PublishedRoute(
        prefix="/v1/a", methods=frozenset({"GET"}), policy=policy, roles=frozenset(roles)
    )

    table = RouteTable.build(services(shop=[publishing("one", route)]))

    assert table.routes["/v1/a"].rules["GET"].policy == demanded


def test_a_prefix_within_another_of_its_service_has_the_methods_of_both() -> None:
    outer = PublishedRoute(prefix="/v1/a", methods=frozenset({"GET", "POST"}))
    inner = PublishedRoute(prefix="/v1/a/b", methods=frozenset({"POST"}), limit="auth")

    table = RouteTable.build(services(shop=[publishing("one", outer, inner)]))

    limits = {method: rule.limit for method, rule in table.routes["/v1/a/b"].rules.items()}
    assert limits == {"GET": None, "HEAD": None, "POST": "auth"}


def test_websockets_are_met_where_an_instance_says_so() -> None:
    table = RouteTable.build(
        services(live=[publishing("one", websocket=True)], dumb=[publishing("two")])
    )

    met = table.socket_of("live")
    assert met is not None
    assert met.rules["GET"].members == (Member("one", "http://one"),)
    assert table.socket_of("dumb") is None
    assert table.socket_of("nobody") is None


def test_what_did_not_change_is_taken_over_by_the_next_table() -> None:
    first, second = (instance("f", "/v1/a"),), (instance("s", "/v1/b"),)
    before = RouteTable.build({"first": first, "second": second})

    after = RouteTable.build({"first": first, "second": (*second, instance("t", "/v1/b"))}, before)

    assert after.published["first"] is before.published["first"]
    assert not after.same(before)
    assert RouteTable.build({"first": first, "second": second}, before).same(before)


def test_a_snapshot_remembers_the_places_that_it_lacks() -> None:
    older = snapshot(a=[instance("a1"), instance("a2")], b=[instance("b1")])
    again = instance("a2").model_copy(update={"id": "another"})
    newer = snapshot(a=[again], c=[instance("c1")])

    whole = newer.remembering(older.without(newer))

    known = {name: [one.id for one in some] for name, some in whole.services.items()}
    assert known == {"a": ["another", "a1"], "b": ["b1"], "c": ["c1"]}
