"""The service keeps what its own OpenAPI document promises, whatever it is sent."""

import asyncio
import sys
from pathlib import Path

import pytest
from httpx import AsyncClient
from openapi_spec_validator import OpenAPIV31SpecValidator

CONFIGURATION = Path(__file__).with_name("schemathesis.toml")
SCHEMATHESIS = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIGURATION)]


async def run(*command: str) -> tuple[int | None, str]:
    """The exit code of this command, and what it printed."""
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        async with asyncio.timeout(60):
            printed, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    return process.returncode, printed.decode()


@pytest.fixture
async def document(client: AsyncClient) -> dict[str, object]:
    document: dict[str, object] = (await client.get("/openapi.json")).json()
    return document


async def test_the_document_is_valid(document: dict[str, object]) -> None:
    OpenAPIV31SpecValidator(document).validate()


async def test_every_answer_is_one_that_the_document_declares(
    client: AsyncClient, client_headers: dict[str, str], document: dict[str, object]
) -> None:
    if not document["paths"]:
        pytest.skip("the service has no operation yet")
    headers = [f"--header={name}: {value}" for name, value in client_headers.items()]

    code, report = await run(*SCHEMATHESIS, "run", *headers, f"{client.base_url}/openapi.json")

    assert code == 0, report
