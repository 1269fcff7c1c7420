from registry.instance.rotation import turn


def turns(weights: dict[str, int], count: int) -> str:
    account: dict[str, int] = {}
    chosen = ""
    for _ in range(count):
        one, account = turn(account, weights)
        chosen += one
    return chosen


def test_equals_take_turns() -> None:
    assert turns({"a": 1, "b": 1, "c": 1}, 6) == "abcabc"


def test_a_heavy_one_does_not_come_in_one_piece() -> None:
    assert turns({"a": 5, "b": 1, "c": 1}, 7) == "aabacaa"


def test_who_left_is_not_chosen_and_leaves_no_credit() -> None:
    _, account = turn({}, {"a": 1, "b": 1})

    chosen, left = turn(account, {"b": 1})

    assert chosen == "b"
    assert set(left) == {"b"}
