"""No framework at all: as fast as Python answers on this server."""

from items import ItemInput, create, find

JSON = [(b"content-type", b"application/json")]
ITEMS = "/v1/items"


async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    method, path = scope["method"], scope["path"]
    if method == "GET" and path.startswith(ITEMS + "/"):
        status, item = 200, find(int(path.removeprefix(ITEMS + "/")))
    elif method == "POST" and path == ITEMS:
        status, item = 201, create(ItemInput.model_validate_json(await body(receive)))
    else:
        await send({"type": "http.response.start", "status": 404, "headers": []})
        await send({"type": "http.response.body"})
        return
    said = item.model_dump_json().encode()
    headers = [*JSON, (b"content-length", b"%d" % len(said))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": said})


async def body(receive):
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)
