"""Settings in stack.yml that are known only when the stack starts: `{url:gateway}/api`.

`{url:NAME}` and `{port:NAME}` are those of a service or of a thing outside; a port that is not its
`http` one is `{port:mail.smtp}`.  `{url:valkey}` is that of the Valkey that all share.
`{secret:NAME}` is made at the first start and kept with the other passwords.  `{name}` is the
service's own name, also inside of the others; and `{hashes:client}` has the hash of the secret
`client-NAME` for the NAME of every service.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256

from dev.errors import CannotStart

_PLACEHOLDER = re.compile(r"\{(url|port|secret|hashes):([a-z0-9.-]+)\}")


def filled(
    environment: Mapping[str, str],
    name: str,
    urls: Mapping[str, str],
    ports: Mapping[str, int],
    secret_of: Callable[[str], str],
    services: Iterable[str],
) -> dict[str, str]:
    """The environment with its placeholders filled in; CannotStart for an unknown name."""

    def fill(found: re.Match[str]) -> str:
        kind, wanted = found.groups()
        if kind == "secret":
            return secret_of(wanted)
        if kind == "hashes":
            return ",".join(f"{one}={_hash(secret_of(f'{wanted}-{one}'))}" for one in services)
        known: Mapping[str, object] = urls if kind == "url" else ports
        if wanted not in known:
            raise CannotStart(f"stack.yml: {found[0]} names nothing; there are {sorted(known)}")
        return str(known[wanted])

    return {
        key: _PLACEHOLDER.sub(fill, text.replace("{name}", name))
        for key, text in environment.items()
    }


def _hash(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
