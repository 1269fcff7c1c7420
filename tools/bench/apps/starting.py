"""The least that FastAPI can be asked for."""

from fastapi import FastAPI

app = FastAPI()


@app.get("/health/ready")
async def ready() -> dict[str, str]:
    return {"status": "ok"}
