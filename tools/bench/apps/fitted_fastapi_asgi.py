"""FastAPI fitted with what our chassis observes, by middleware written for ASGI itself."""

from time import perf_counter

from bare_fastapi import app
from fastapi import Response
from observed import begin, end, exposition


@app.get("/metrics")
async def metrics() -> Response:
    return Response(exposition(), media_type="text/plain")


class Observe:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = perf_counter()
        sent = dict(scope["headers"])
        request_id, trace_id = begin(
            sent.get(b"x-request-id", b"").decode("latin-1"),
            sent.get(b"traceparent", b"").decode("latin-1"),
        )
        status = 500

        async def send_named(message):
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [
                    *message["headers"],
                    (b"x-request-id", request_id.encode()),
                    (b"x-trace-id", trace_id.encode()),
                ]
            await send(message)

        try:
            await self.app(scope, receive, send_named)
        finally:
            end(scope, status, perf_counter() - begun)


app.add_middleware(Observe)
