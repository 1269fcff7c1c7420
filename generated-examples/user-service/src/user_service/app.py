"""What the service is put together from; reads like a table of contents."""

from __future__ import annotations

from .account import routes as account
from .account.service import forget_old_links
from .address import routes as address
from .administration import routes as administration
from .chassis.application import Application
from .chassis.auth import AuthSettings, Revocations, ServiceTokens, trust
from .chassis.database import Database
from .chassis.events import subscribe
from .chassis.features import BLUEPRINT
from .chassis.jobs import every, schedule
from .commands import offer_commands
from .credential.hashing import Hasher
from .credential.service import forget_old as forget_old_attempts
from .erasure import events as erasures
from .erasure import routes as erasure
from .erasure.service import remind
from .password import routes as password
from .service_client import routes as service_client
from .service_client.configured import Configured
from .service_client.own import OwnTokens
from .session import events as sessions
from .session import routes as session
from .session.service import forget_old as forget_old_sessions
from .settings import PasswordSettings, ServiceClientSettings, SigningSettings
from .token_key import routes as token_key
from .token_key.keys import TokenKeys


def create_app() -> Application:
    app = Application(
        BLUEPRINT, settings=[PasswordSettings, ServiceClientSettings, SigningSettings]
    )
    database = app.resource(Database)
    keys = TokenKeys(database, app.settings(SigningSettings), app.settings(AuthSettings))
    app.own(keys)
    trust(app, keys)
    app.credentials = ServiceTokens(OwnTokens(app.name, keys))
    app.own(Configured(app.settings(ServiceClientSettings)))
    app.own(Hasher(app.settings(PasswordSettings)))
    app.include(
        account.router,
        address.router,
        address.of_users,
        erasure.router,
        password.router,
        administration.router,
        session.router,
        service_client.router,
        token_key.router,
    )
    subscribe(app, sessions.subscriptions(app.resource(Revocations)), erasures.subscriptions)
    schedule(app, every(minutes=5), remind)
    schedule(app, every(hours=1), forget_old_sessions)
    schedule(app, every(hours=1), forget_old_links)
    schedule(app, every(hours=1), forget_old_attempts)
    offer_commands(app)
    return app
