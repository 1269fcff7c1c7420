"""Who may call: bearer tokens are verified, and every route says what it demands.

    router = Router(prefix="/v1/orders", policy=AUTHENTICATED)
    router.post("/{id:uuid}/refund", refund, policy=roles("support", "admin"))

A handler learns from `Principal.of(request)` who it is.
"""

from __future__ import annotations

from typing import Final

from ..application import Application
from ..settings import Settings
from ..valkey import Valkey
from .bearer import BearerAuthenticator
from .grants import Granted, Grantor, SharedSecret, TokenEndpoint
from .issuer import addresses
from .jwks import KeySet
from .keyring import Issuer, Keyring
from .keys import Key
from .revocations import Revocations
from .service_tokens import ServiceTokens
from .settings import AuthSettings
from .tokens import Terms, Verifier

__all__ = [
    "SETTINGS",
    "AuthSettings",
    "Granted",
    "Issuer",
    "Key",
    "Revocations",
    "ServiceTokens",
    "install",
    "trust",
]

SETTINGS: Final[tuple[type[Settings], ...]] = (AuthSettings,)


def install(app: Application) -> None:
    settings = app.settings(AuthSettings)
    revocations = Revocations(app.resource(Valkey), every=settings.revocation_seconds)
    app.own(revocations)
    terms = Terms(
        issuer=settings.issuer,
        audience=settings.audience | {app.name},
        leeway=settings.leeway_seconds,
        lifetime=settings.lifetime_seconds,
    )
    keyring = _keyring(app, settings)
    app.own(keyring)
    verifier = Verifier(terms, keyring, revocations, remember=settings.remembered_tokens)
    app.authenticator = BearerAuthenticator(verifier, app.metrics.registry)
    grantor = _grantor(app, settings)
    app.credentials = ServiceTokens(grantor) if grantor else None


def trust(app: Application, issuer: Issuer) -> None:
    """Check tokens with the keys of an issuer inside this service: it need not ask itself."""
    app.disown(KeySet)
    app.resource(Keyring).issuer = issuer


def _keyring(app: Application, settings: AuthSettings) -> Keyring:
    secret = Key.shared(settings.secret.get_secret_value()) if settings.secret else None
    if settings.jwks_url is None:
        return Keyring(secret, None)
    issuer = KeySet(addresses(app, settings.jwks_url), call_seconds=settings.call_seconds)
    app.own(issuer)
    return Keyring(secret, issuer)


def _grantor(app: Application, settings: AuthSettings) -> Grantor | None:
    """How this service gets tokens of its own, if it has been told a way."""
    if settings.token_url and settings.client_secret:
        endpoint = TokenEndpoint(
            addresses(app, settings.token_url),
            app.name,
            settings.client_secret,
            call_seconds=settings.call_seconds,
        )
        app.own(endpoint)
        return endpoint
    if settings.secret:
        return SharedSecret(app.name, settings.issuer, settings.secret)
    return None
