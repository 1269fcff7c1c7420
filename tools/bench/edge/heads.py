"""Requests with the headers that browsers and services send: alike, or different each time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from tools.bench.wrk import TOLD, Ask

HEADERS: Final = {
    "Accept": "application/json, text/plain, */*",
    "Accept-Encoding": "gzip, deflate, br",
    "Accept-Language": "de-DE,de;q=0.9,en;q=0.8",
    "Cache-Control": "no-cache",
    "Host": "shop.example",
    "Referer": "https://shop.example/catalogue",
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
}
_ALIKE: Final = """
local said = "{line}\\r\\n{headers}\\r\\nAuthorization: Bearer {token}\\r\\n\\r\\n"
request = function() return said end
"""
_DIFFERENT: Final = """
local tokens = {{ {tokens} }}
local number = 0
request = function()
  number = number + 1
  local id = string.format("%08x", number)
  return "{method} {path}?_=" .. id .. " HTTP/1.1\\r\\n{headers}\\r\\n"
    .. "X-Request-Id: 5af7183fb4d44bbf9d1b4fa3" .. id
    .. "\\r\\ntraceparent: 00-8a3c60f7d188f8fa79d48a39" .. id .. "-79d48a39" .. id
    .. "-01\\r\\nAuthorization: Bearer " .. tokens[number % #tokens + 1] .. "\\r\\n\\r\\n"
end
"""


@dataclass(frozen=True)
class Heads(Ask):
    """A request with a token; where heads differ, query, ids and trace are new, tokens change."""

    tokens: Sequence[str] = ()
    differ: bool = False
    more: Mapping[str, str] = field(default_factory=dict)

    def message(self) -> bytes:
        """It as it goes over the wire, for who does not send it by wrk."""
        body = (self.body or "").encode()
        headers = {**HEADERS, "Authorization": f"Bearer {self.tokens[0]}", **self.more}
        if body:
            headers |= {"Content-Type": "application/json", "Content-Length": str(len(body))}
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"{self.method} {self.path} HTTP/1.1\r\n{lines}\r\n".encode() + body

    def script(self) -> str:
        headers = "\\r\\n".join(f"{name}: {value}" for name, value in HEADERS.items())
        if not self.differ:
            line = f"{self.method} {self.path} HTTP/1.1"
            return _ALIKE.format(line=line, headers=headers, token=self.tokens[0]) + TOLD
        tokens = ", ".join(f'"{one}"' for one in self.tokens)
        return (
            _DIFFERENT.format(method=self.method, path=self.path, headers=headers, tokens=tokens)
            + TOLD
        )
