"""The way from signing in to a paid order and its mail, as lines for a shell."""

from collections.abc import Sequence
from typing import Final

# Python is there anyway, so that no jq has to be.
_WALK: Final = r"""
API=@GATEWAY@/api/v1
PASSWORD=@PASSWORD@
pick() { python3 -c 'import json, sys
at = json.load(sys.stdin)
for key in sys.argv[1].split("."): at = at[int(key) if isinstance(at, list) else key]
print(at if isinstance(at, str) else json.dumps(at))' "$1"; }
api() { at=$1; shift; curl -s -w '\n' "$API/$at" -H "authorization: Bearer $TOKEN" -H 'content-type: application/json' "$@"; }
TOKEN=$(curl -s $API/auth/login -H 'content-type: application/json' -d "{\"email\": \"@EMAIL@\", \"password\": \"$PASSWORD\"}" | pick access_token)
PRODUCT=$(api "products?q=teapot" | pick items.0.id)
ADDRESS=$(api users/me/addresses | pick items.0.id)
CART=$(api carts -X POST | pick id)
api carts/$CART/items -d "{\"product_id\": \"$PRODUCT\", \"quantity\": 2}"
QUOTE=$(api carts/$CART/quote); echo "$QUOTE"
ORDER=$(api orders -H "idempotency-key: walk-$(date +%s)" -d "{\"cart_id\": \"$CART\", \"cart_version\": $(echo "$QUOTE" | pick cart_version), \"expected_total\": $(echo "$QUOTE" | pick expected_total), \"address_id\": \"$ADDRESS\", \"payment_method\": \"ok\"}" | pick order.id)
until api orders/$ORDER | pick status | grep -x paid; do sleep 0.2; done
MAILS="@MAIL@/messages?to=@EMAIL@"
until curl -s "$MAILS" | grep -q 'is paid'; do sleep 0.2; done; curl -s "$MAILS" | pick -1.text
"""  # noqa: E501 - each is one line of a shell


def walk(gateway: str, mail: str, email: str, password: str) -> Sequence[str]:
    """Lines to paste one after the other; `password` is what a shell makes the password of."""
    known = {"GATEWAY": gateway, "MAIL": mail, "EMAIL": email, "PASSWORD": password}
    text = _WALK.strip()
    for name, value in known.items():
        text = text.replace(f"@{name}@", value)
    return text.splitlines()
