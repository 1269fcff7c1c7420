from registry.chassis.identifiers import uuid7


def test_an_identifier_is_a_uuid_of_version_7() -> None:
    assert (uuid7().version, uuid7().variant) == (7, "specified in RFC 4122")


def test_identifiers_of_one_process_sort_by_their_making() -> None:
    made = [uuid7() for _ in range(3)]

    assert [one.time_low for one in made] == sorted(one.time_low for one in made)


def test_a_thousand_identifiers_differ() -> None:
    assert len({uuid7() for _ in range(1000)}) == 1000
