"""A proxy as ASGI and aiohttp make it: one session, bodies streamed, no framework, no checks."""

import os

import aiohttp

UPSTREAM = os.environ["UPSTREAM"]
HOP_BY_HOP = {b"connection", b"host", b"keep-alive", b"transfer-encoding", b"upgrade"}
session = None


async def app(scope, receive, send):
    global session
    if scope["type"] != "http":
        return
    if session is None:
        connector = aiohttp.TCPConnector(limit=0)
        session = aiohttp.ClientSession(connector=connector, auto_decompress=False)
    query = scope["query_string"].decode()
    url = UPSTREAM + scope["path"] + ("?" + query if query else "")
    headers = [(k.decode(), v.decode()) for k, v in scope["headers"] if k not in HOP_BY_HOP]
    body = await whole(receive)
    async with session.request(
        scope["method"], url, headers=headers, data=body or None, allow_redirects=False
    ) as answer:
        passed = [(k.lower(), v) for k, v in answer.raw_headers if k.lower() not in HOP_BY_HOP]
        await send({"type": "http.response.start", "status": answer.status, "headers": passed})
        async for piece in answer.content.iter_any():
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body"})


async def whole(receive):
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)
