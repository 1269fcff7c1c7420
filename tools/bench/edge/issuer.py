"""Who signs the tokens, as in production: its key is asked for by the gateway, and no secret."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from dev.ports import free_port
from tools.bench.bench import Bench
from tools.bench.edge.proxies import PEERS
from tools.bench.server import cores, serving

_KEY: Final = ec.generate_private_key(ec.SECP256R1())
_KID: Final = "bench"
_TOKEN_SECONDS: Final = 3600
_KEYS: Final = "/jwks.json"
_NGINX: Final = """
daemon off; master_process off; error_log stderr crit; pid issuer.pid;
events {{}}
http {{
  access_log off; default_type application/json;
  client_body_temp_path issuer-temp; proxy_temp_path issuer-temp;
  fastcgi_temp_path issuer-temp; uwsgi_temp_path issuer-temp; scgi_temp_path issuer-temp;
  server {{ listen 127.0.0.1:{port}; location {path} {{ return 200 '{keys}'; }} }}
}}
"""


def token(user: str) -> str:
    """What our gateway accepts as this user."""
    now = int(time.time())
    said = {"iss": "development", "aud": "development", "sub": user, "sid": "s", "jti": user}
    times = {"iat": now, "exp": now + _TOKEN_SECONDS}
    claims = {**said, **times, "roles": ["customer"]}
    return jwt.encode(claims, _KEY, algorithm="ES256", headers={"kid": _KID})


@contextmanager
def issuer(bench: Bench) -> Iterator[str]:
    """Where its key is shown while it is used."""
    shown = {**ECAlgorithm.to_jwk(_KEY.public_key(), as_dict=True), "kid": _KID}
    port, path = free_port(), bench.folder / "issuer.conf"
    keys = json.dumps({"keys": [shown]})
    path.write_text(_NGINX.format(port=port, path=_KEYS, keys=keys))
    command = [PEERS["nginx"].found(), "-p", str(bench.folder), "-e", "stderr", "-c", str(path)]
    with serving(command, ready=_KEYS, folder=bench.folder, core=cores()[-1], port=port) as server:
        yield server.url + _KEYS
