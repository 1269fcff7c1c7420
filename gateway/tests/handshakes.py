"""The handshake of a WebSocket, byte by byte (RFC 6455, section 4)."""

import base64

KEY = base64.b64encode(b"0123456789abcdef")
ACCEPT = b"BACScCJPNqyz+UBoqMH89VmURoA="
SWITCHED = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: " + ACCEPT + b"\r\n\r\n"
)  # fmt: skip


def handshake(target: str, *lines: str) -> bytes:
    """What a client sends that wants a WebSocket there, with these further header lines."""
    request = [
        f"GET {target} HTTP/1.1",
        "Host: shop.example",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {KEY.decode()}",
        *lines,
    ]
    return "\r\n".join([*request, "", ""]).encode()
