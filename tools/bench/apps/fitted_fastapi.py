"""FastAPI fitted with what our chassis observes, by `@app.middleware` as its manual shows."""

from time import perf_counter

from bare_fastapi import app
from fastapi import Request, Response
from observed import begin, end, exposition


@app.get("/metrics")
async def metrics() -> Response:
    return Response(exposition(), media_type="text/plain")


@app.middleware("http")
async def observe(request: Request, call_next):
    begun = perf_counter()
    sent = request.headers
    request_id, trace_id = begin(sent.get("x-request-id", ""), sent.get("traceparent", ""))
    status = 500
    try:
        response = await call_next(request)
        status = response.status_code
        response.headers["x-request-id"] = request_id
        response.headers["x-trace-id"] = trace_id
        return response
    finally:
        end(request.scope, status, perf_counter() - begun)
