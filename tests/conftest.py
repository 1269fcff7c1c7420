"""What can be asked of the tests besides what pytest offers."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--all-rows",
        action="store_true",
        help="every service of test_deep_rows.py runs all of its own tests, as before a release",
    )
