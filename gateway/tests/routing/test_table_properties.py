"""Whatever services publish, in whatever order they come and go, the table is sound."""

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.routing.snapshot import KnownInstance, Metadata, PublishedRoute, Services
from gateway.routing.table import RouteTable

_SEGMENTS = st.sampled_from(["a", "b", "ab"])
_PREFIXES = st.lists(_SEGMENTS, min_size=1, max_size=3).map(lambda some: "/" + "/".join(some))
_METHODS = st.frozensets(st.sampled_from(["GET", "POST", "PUT"]), min_size=1)
_ROUTES = st.lists(
    st.builds(PublishedRoute, prefix=_PREFIXES, methods=_METHODS, policy=st.just("public")),
    max_size=3,
)


def _instance(number: int, state: str, routes: list[PublishedRoute]) -> KnownInstance:
    metadata = Metadata(routes=tuple(routes))
    return KnownInstance(id=str(number), url=f"http://{number}", state=state, metadata=metadata)


_INSTANCES = st.builds(
    _instance, st.integers(0, 9), st.sampled_from(["healthy", "suspect", "unhealthy"]), _ROUTES
)
_KNOWN = st.lists(_INSTANCES, min_size=1, max_size=3, unique_by=lambda one: one.id).map(tuple)
_SERVICES = st.dictionaries(st.sampled_from("xyz"), _KNOWN)


def _prefixes(services: Services, name: str) -> set[str]:
    return {route.prefix for one in services[name] for route in one.metadata.routes}


@settings(max_examples=150, deadline=None)
@given(st.lists(_SERVICES, min_size=1, max_size=4), _PREFIXES)
def test_every_claim_is_owned_or_refused_and_the_longest_prefix_wins(
    history: list[Services], path: str
) -> None:
    table: RouteTable | None = None
    for services in history:
        before: RouteTable | None = table
        table = RouteTable.build(services, before)

        claimed = {prefix for name in services for prefix in _prefixes(services, name)}
        assert set(table.routes) == claimed
        assert all(one.prefix in _prefixes(services, one.service) for one in table.routes.values())
        for prefix, one in table.routes.items():
            assert one is table.published[one.service].routes[prefix]
        refused = {(one.prefix, one.refused) for one in table.clashes}
        for name in services:
            for prefix in _prefixes(services, name):
                owned = table.routes[prefix].service == name
                assert owned is ((prefix, name) not in refused)
                if before and prefix in before.routes and before.routes[prefix].service == name:
                    assert owned

        around = [one for one in claimed if path == one or path.startswith(one + "/")]
        found = table.owner_of(path)
        assert (found.prefix if found else "") == max(around, key=len, default="")
        afresh = RouteTable.build(services, before)
        assert afresh.routes == table.routes
