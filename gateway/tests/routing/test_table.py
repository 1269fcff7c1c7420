import pytest

from gateway.routing.snapshot import KnownInstance, Metadata, PublishedRoute, Snapshot
from gateway.routing.table import Clash, Instance, RouteTable


def instance(name: str, *prefixes: str, state: str = "healthy", **methods: str) -> KnownInstance:
    """An instance that publishes these prefixes, with GET unless `methods` are given."""
    allowed = frozenset(methods.get("methods", "GET").split())
    routes = tuple(PublishedRoute(prefix=prefix, methods=allowed) for prefix in prefixes)
    return KnownInstance(
        id=name, url=f"http://{name}", state=state, metadata=Metadata(routes=routes)
    )


def snapshot(**services: list[KnownInstance]) -> Snapshot:
    return Snapshot(revision=1, services={name: tuple(some) for name, some in services.items()})


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
        snapshot(short=[instance("s", "/v1/a")], long=[instance("l", "/v1/a/b")])
    )

    assert owner(table, path) == service


def test_of_two_that_claim_a_prefix_the_first_keeps_it() -> None:
    table = RouteTable.build(
        snapshot(first=[instance("f", "/v1/a")], second=[instance("s", "/v1/a", "/v1/b")])
    )

    assert owner(table, "/v1/a") == "first"
    assert owner(table, "/v1/b") == "second"
    assert table.clashes == (Clash("/v1/a", owner="first", refused="second"),)


def test_who_owned_a_prefix_keeps_it_when_the_order_changes() -> None:
    first, second = [instance("f", "/v1/a")], [instance("s", "/v1/a")]
    before = RouteTable.build(snapshot(first=first, second=second))

    after = RouteTable.build(snapshot(second=second, first=first), before)

    assert owner(after, "/v1/a") == "first"


def test_who_no_longer_claims_a_prefix_loses_it() -> None:
    first, second = [instance("f", "/v1/a")], [instance("s", "/v1/a")]
    before = RouteTable.build(snapshot(first=first, second=second))

    after = RouteTable.build(snapshot(second=second), before)

    assert owner(after, "/v1/a") == "second"
    assert after.clashes == ()


def test_a_route_leads_only_to_instances_that_publish_it_and_are_healthy() -> None:
    old, new = instance("old", "/v1/a"), instance("new", "/v1/a", "/v1/a/fresh")
    ill = instance("ill", "/v1/a", state="unhealthy")
    table = RouteTable.build(snapshot(shop=[old, new, ill]))

    assert table.routes["/v1/a"].instances == (
        Instance("old", "http://old"),
        Instance("new", "http://new"),
    )
    assert table.routes["/v1/a/fresh"].instances == (Instance("new", "http://new"),)


def test_the_methods_of_all_instances_are_allowed_and_head_where_get_is() -> None:
    old, new = instance("old", "/v1/a", methods="GET"), instance("new", "/v1/a", methods="POST")
    table = RouteTable.build(snapshot(shop=[old, new]))

    assert table.routes["/v1/a"].methods == {"GET", "HEAD", "POST"}


def test_the_same_snapshot_makes_an_equal_table() -> None:
    known = snapshot(first=[instance("f", "/v1/a")])

    assert RouteTable.build(known) == RouteTable.build(known, RouteTable.build(known))


def test_a_snapshot_remembers_the_places_that_it_lacks() -> None:
    older = snapshot(a=[instance("a1"), instance("a2")], b=[instance("b1")])
    again = instance("a2").model_copy(update={"id": "another"})
    newer = snapshot(a=[again], c=[instance("c1")])

    whole = newer.remembering(older.without(newer))

    known = {name: [one.id for one in some] for name, some in whole.services.items()}
    assert known == {"a": ["another", "a1"], "b": ["b1"], "c": ["c1"]}
