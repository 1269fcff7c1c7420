"""The gateway's peers: one process each, on one core, in front of the same upstream."""

from __future__ import annotations

import json
import secrets
import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Final

from dev.ports import free_port
from tools.bench.bench import APPS, Bench, tool
from tools.bench.server import Server, cores, serving

SMALL: Final = "/api/v1/items"
SMALL_BYTES: Final = 2**10
LARGE: Final = "/api/v1/large"
LARGE_BYTES: Final = 2**20
UPLOAD: Final = "/api/v1/upload"
APPLICATIONS: Final[Mapping[str, str]] = {"edge_asgi": "ASGI + aiohttp", "edge_seed": "seed"}

_UPSTREAM: Final = """
daemon off; master_process off; error_log stderr crit; pid upstream.pid;
events {{ worker_connections 4096; }}
http {{
  access_log off; keepalive_requests 1000000000; sendfile on; default_type application/json;
  client_body_temp_path upstream-temp; proxy_temp_path upstream-temp;
  fastcgi_temp_path upstream-temp; uwsgi_temp_path upstream-temp; scgi_temp_path upstream-temp;
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    location / {{ return 200 '{answer}'; }}
    location ~ /v1/large$ {{ root {folder}; try_files /large =404; }}
  }}
}}
"""
_NGINX: Final = """
daemon off; master_process off; error_log stderr crit; pid nginx.pid;
events {{ worker_connections 4096; }}
http {{
  access_log off; keepalive_requests 1000000000; proxy_max_temp_file_size 0;
  client_body_temp_path nginx-temp; proxy_temp_path nginx-temp;
  fastcgi_temp_path nginx-temp; uwsgi_temp_path nginx-temp; scgi_temp_path nginx-temp;
  upstream service {{ server {upstream}; keepalive 64; keepalive_requests 1000000000; }}
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    client_max_body_size 2m; proxy_request_buffering off;
    proxy_http_version 1.1;
    location / {{
      proxy_pass http://service; proxy_set_header Connection "";
      proxy_set_header X-Forwarded-For $remote_addr;
    }}
    location /ws/ {{
      proxy_pass http://service; proxy_set_header Connection "upgrade";
      proxy_set_header Upgrade $http_upgrade; proxy_set_header X-Forwarded-For $remote_addr;
    }}
  }}
}}
"""
_HAPROXY: Final = """
global
  nbthread 1
  maxconn 4096
defaults
  mode http
  timeout connect 2s
  timeout client 60s
  timeout server 60s
  http-reuse always
  option forwardfor
frontend public
  bind 127.0.0.1:{port}
  default_backend service
backend service
  server one {upstream}
"""
_CADDY: Final = """
{{
  admin off
  auto_https off
}}
http://:{port} {{
  bind 127.0.0.1
  reverse_proxy {upstream} {{
    transport http {{
      keepalive_idle_conns_per_host 64
    }}
  }}
}}
"""


@dataclass(frozen=True)
class Peer:
    """A program in front of the upstream: what it reads, and how it is started."""

    program: str
    configuration: str
    arguments: tuple[str, ...]

    def found(self) -> str:
        """Where it is; raises CannotMeasure if it is nowhere."""
        return tool(self.program, f"Debian and Ubuntu have it in the package {self.program}")


PEERS: Final[Mapping[str, Peer]] = {
    "nginx": Peer("nginx", _NGINX, ("-p", "{folder}", "-e", "stderr", "-c")),
    "haproxy": Peer("haproxy", _HAPROXY, ("-db", "-q", "-f")),
    "caddy": Peer("caddy", _CADDY, ("run", "--adapter", "caddyfile", "--config")),
}


def upstream(bench: Bench) -> AbstractContextManager[Server]:
    """A service that costs next to nothing: nginx, which says the same to everybody."""
    (bench.folder / "large").write_bytes(secrets.token_bytes(LARGE_BYTES))
    item = {"id": 7, "name": "lamp", "tags": ["light"], "text": ""}
    answer = json.dumps(item | {"text": "x" * (SMALL_BYTES - len(json.dumps(item)))})
    configuration = _UPSTREAM.replace("{answer}", answer.replace("{", "{{").replace("}", "}}"))
    peer = Peer("nginx", configuration, PEERS["nginx"].arguments)
    return _run(bench, "upstream", peer, "", core=cores()[-1])


def sink(bench: Bench) -> AbstractContextManager[Server]:
    """Another one, that takes what nginx would keep or refuse: bodies and WebSockets."""
    command = [sys.executable, "sink.py"]
    log = bench.folder / "sink.log"
    return serving(command, ready=SMALL, folder=APPS, log=log, core=cores()[-1])


def proxy(bench: Bench, name: str, service: Server) -> AbstractContextManager[Server]:
    """One of the Debian packages, set up for as little work as it can do."""
    return _run(bench, name, PEERS[name], service.url.removeprefix("http://"), core=cores()[0])


def application(bench: Bench, name: str, service: Server) -> AbstractContextManager[Server]:
    """A proxy written in Python, by its module in apps/."""
    command = [bench.python, "-m", "uvicorn", f"{name}:app", "--port", "{port}"]
    options = ["--loop=uvloop", "--http=httptools", "--no-access-log", "--log-level=warning"]
    return serving(
        [*command, *options],
        ready=SMALL,
        environment={"UPSTREAM": service.url},
        folder=APPS,
        log=bench.folder / f"{name}.log",
        core=cores()[0],
    )


def _run(
    bench: Bench, name: str, peer: Peer, service: str, core: int
) -> AbstractContextManager[Server]:
    port, folder = free_port(), str(bench.folder)
    path = bench.folder / f"{name}.conf"
    path.write_text(peer.configuration.format(port=port, upstream=service, folder=folder))
    return serving(
        [peer.found(), *(one.format(folder=folder) for one in peer.arguments), str(path)],
        ready=SMALL,
        environment={"GOMAXPROCS": "1", "XDG_CONFIG_HOME": folder, "XDG_DATA_HOME": folder},
        folder=bench.folder,
        log=bench.folder / f"{name}.log",
        core=core,
        port=port,
    )
