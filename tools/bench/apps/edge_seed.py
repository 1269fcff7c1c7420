"""A proxy as one writes it first: a nexios handler that opens a ClientSession for each request."""

import os

import aiohttp
from nexios import NexiosApp
from nexios.routing import Route

UPSTREAM = os.environ["UPSTREAM"]
NOT_PASSED = {"connection", "content-length", "host", "transfer-encoding"}

app = NexiosApp(debug=False)


async def forward(request, response, path):
    headers = {k: v for k, v in request.headers.items() if k.lower() not in NOT_PASSED}
    async with (
        aiohttp.ClientSession() as session,
        session.request(
            request.method,
            f"{UPSTREAM}/api/{path}",
            params=dict(request.query_params),
            headers=headers,
            data=await request.body,
        ) as answer,
    ):
        body = await answer.read()
        kind = answer.headers.get("content-type", "application/octet-stream")
        return response.resp(body, status_code=answer.status, content_type=kind)


app.add_route(Route("/api/{path:path}", forward, methods=["GET", "POST", "PUT", "DELETE"]))
