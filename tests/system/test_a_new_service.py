"""What brings people here: a service is scaffolded, started, and joins the running stack."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from dev.ports import free_port
from tools import ROOT
from tools.render import Source

from .conftest import Stack, eventually


@pytest.fixture(scope="module")
def ships(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A service that copier rendered into a new folder."""
    folder = tmp_path_factory.mktemp("new")
    source = Source.copied(ROOT, folder / "template")
    target = folder / "ship-service"
    answers = ["--defaults", "--quiet", "-d", "service_name=ship-service"]
    copy = [sys.executable, "-m", "copier", "copy", *answers, str(source.folder), str(target)]
    subprocess.run(copy, check=True)
    return target


@pytest.fixture
def running(ships: Path, stack: Stack) -> Iterator[None]:
    """The service, started with the command of its README."""
    environment = {**os.environ, "REGISTRY_URL": stack.registry, "PORT": str(free_port())}
    for name in ("DATABASE_URL", "REDIS_URL", "UV_PROJECT_ENVIRONMENT", "VIRTUAL_ENV"):
        environment.pop(name, None)
    process = subprocess.Popen(
        [sys.executable, "noxfile.py", "-s", "dev"],
        cwd=ships,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    yield
    os.killpg(process.pid, signal.SIGINT)
    process.wait(60)


@pytest.mark.usefixtures("running")
def test_a_new_service_answers_through_the_gateway_of_the_running_stack(
    client: httpx.Client,
) -> None:
    eventually(lambda: client.get("/api/v1/ships"), shows=lambda got: got.status_code == 200)

    made = client.post("/api/v1/ships", json={"name": "Argo"})

    assert client.get(f"/api/v1/ships/{made.json()['id']}").json()["name"] == "Argo"
