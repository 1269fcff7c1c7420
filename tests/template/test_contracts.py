"""A service with events keeps its promises to who reads them: `nox -s contracts`, and lint."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from renders import Renders

from tools import ROOT

CONTRACT = "contracts/shop.order.created.v1.json"
EVENTS = "src/order_service/order/events.py"
STACK = """
defaults: {system: shop, features: [database, events]}
services:
  order-service: {port: 8103, publishes: [shop.order.created.v1]}
  cart-service:
    {port: 8104, publishes: [shop.cart.created.v1], consumes: [shop.order.created.v1]}
"""
READER = """

class OrderCreated(
    Event, type="shop.order.created.v1", subject="id", source="order-service"
):
    id: UUID
"""


@dataclass(frozen=True)
class Service:
    """A rendered service, to edit and to check."""

    folder: Path

    def edit(self, path: str, old: str, new: str) -> None:
        text = (self.folder / path).read_text()
        assert old in text
        (self.folder / path).write_text(text.replace(old, new))

    def contracts(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "dev.contracts", *arguments]
        return run(command, self.folder, self.folder / "src")


def run(command: list[str], folder: Path, *paths: Path) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join(map(str, paths))
    return subprocess.run(
        command, cwd=folder, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True
    )


def rendered(render: Renders, name: str, consumes: list[str]) -> Path:
    return render(
        {
            "service_name": name,
            "features": ["database", "events"],
            "system": "shop",
            "consumes": consumes,
        }
    )


@pytest.fixture(scope="module")
def fresh(render: Renders) -> Path:
    return rendered(render, "order-service", [])


@pytest.fixture(scope="module")
def reader(render: Renders) -> Path:
    return rendered(render, "cart-service", ["order-service/shop.order.created.v1"])


@pytest.fixture
def service(fresh: Path, tmp_path: Path) -> Service:
    return Service(shutil.copytree(fresh, tmp_path / "order-service"))


def test_a_new_optional_field_is_written_into_the_contract(service: Service) -> None:
    service.edit(EVENTS, "    name: str\n", '    name: str\n    colour: str = ""\n')

    checked, written = service.contracts("--check"), service.contracts()

    assert checked.returncode == 1
    assert f"{CONTRACT} is not what the class says" in checked.stderr
    assert (written.returncode, written.stdout) == (0, f"{CONTRACT} is changed\n")
    assert "colour" in json.loads((service.folder / CONTRACT).read_text())["properties"]
    assert service.contracts("--check").returncode == 0


@pytest.mark.parametrize("arguments", [[], ["--check"]], ids=["written", "checked"])
def test_a_change_that_breaks_a_promise_is_refused_and_names_the_next_version(
    service: Service, arguments: list[str]
) -> None:
    promised = (service.folder / CONTRACT).read_bytes()
    service.edit(EVENTS, "    name: str\n", "    title: str\n")

    refused = service.contracts(*arguments)

    assert refused.returncode == 1
    assert "title is newly required: give it a default; name was removed" in refused.stderr
    assert "publish the new form beside it as shop.order.created.v2" in refused.stderr
    assert (service.folder / CONTRACT).read_bytes() == promised


def test_what_is_declared_and_has_no_class_is_named(service: Service) -> None:
    service.edit("pyproject.toml", "publishes = [\n", 'publishes = [\n    "shop.order.paid.v1",\n')
    service.edit("pyproject.toml", "consumes = [\n", 'consumes = [\n    "a/shop.a.said.v1",\n')

    said = service.contracts("--check").stderr

    assert "it is to publish shop.order.paid.v1, but nothing that app.py includes" in said
    assert "it is to read shop.a.said.v1, but nothing that app.py includes" in said


def test_a_class_whose_type_is_not_declared_is_named(service: Service) -> None:
    service.edit("pyproject.toml", '    "shop.order.created.v1",\n', "")

    said = service.contracts("--check").stderr

    assert said == "shop.order.created.v1 has a class, but is not among the answer `publishes`\n"


def test_a_contract_of_no_event_is_named(service: Service) -> None:
    (service.folder / "contracts/shop.order.sunk.v1.json").write_text("{}")

    assert "shop.order.sunk.v1.json: no class has this type" in service.contracts("--check").stderr


def test_what_a_reader_wants_and_nobody_promised_is_named(
    fresh: Path, reader: Path, tmp_path: Path
) -> None:
    (tmp_path / "stack.yml").write_text(STACK)
    orders = shutil.copytree(fresh, tmp_path / "generated-examples/order-service")
    carts = shutil.copytree(reader, tmp_path / "generated-examples/cart-service")
    paths = [orders / "src", carts / "src", ROOT, ROOT / "template"]
    check = (
        "import sys, pathlib, tools.contracts as c; sys.exit(c.main(['--check'], pathlib.Path()))"
    )
    events = carts / "src/cart_service/cart/events.py"

    events.write_text(events.read_text() + READER)
    kept = run([sys.executable, "-c", check], tmp_path, *paths)
    events.write_text(events.read_text().rstrip() + "\n    total: int\n")
    broken = run([sys.executable, "-c", check], tmp_path, *paths)

    assert (kept.returncode, kept.stderr) == (0, "")
    assert broken.stderr == (
        "cart-service and the shop.order.created.v1 of order-service: "
        "it reads total, which is not there\n"
    )
