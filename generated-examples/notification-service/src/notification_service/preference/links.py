"""Links for mails: to the pages of the shop, and to end a kind of mail with one click (RFC 8058).

The token names the user and the category, and is signed: nobody ends what is another's.  It does
not expire, as mails are opened late.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from typing import ClassVar, Final
from uuid import UUID

from ..chassis.resource import Resource
from ..settings import ShopSettings
from ..template.kinds import Category
from .models import LinkGone

_PURPOSE: Final = b"unsubscribe\0"
_SIGNATURE_BYTES: Final = 16
_ID_BYTES: Final = 16


class Links(Resource):
    """Makes them, and reads them."""

    name: ClassVar[str] = "links"

    def __init__(self, settings: ShopSettings) -> None:
        assert settings.unsubscribe_secret is not None
        assert settings.shop_url is not None
        self.shop_url = settings.shop_url
        self.pages_url = settings.pages_url
        self._secret = settings.unsubscribe_secret.get_secret_value().encode()

    def unsubscribe_url(self, user_id: UUID, category: Category) -> str:
        return f"{self.shop_url}/api/v1/unsubscribe?token={self.token(user_id, category)}"

    def token(self, user_id: UUID, category: Category) -> str:
        said = user_id.bytes + category.encode()
        return urlsafe_b64encode(self._sign(said) + said).rstrip(b"=").decode()

    def read(self, token: str) -> tuple[UUID, Category]:
        """Whom and what it is about; raises LinkGone unless token() made it."""
        try:
            raw = urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
        except ValueError:
            raise LinkGone from None
        signature, said = raw[:_SIGNATURE_BYTES], raw[_SIGNATURE_BYTES:]
        if not hmac.compare_digest(signature, self._sign(said)):
            raise LinkGone
        return UUID(bytes=said[:_ID_BYTES]), Category(said[_ID_BYTES:].decode())

    def _sign(self, said: bytes) -> bytes:
        return hmac.digest(self._secret, _PURPOSE + said, sha256)[:_SIGNATURE_BYTES]
