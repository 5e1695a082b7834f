"""An app of Meta's, by which users sign in: its id, its secret, and short connections for the calls about tokens."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from admonster_fb.errors import MISSING, ParameterError, Violation
from admonster_fb.redaction import Secret
from admonster_fb.transport.api import Api, decode_object
from admonster_fb.transport.clock import Clock, SystemClock
from admonster_fb.transport.observability import Observer
from admonster_fb.transport.rate_limits import Usage
from admonster_fb.transport.request import Call
from admonster_fb.transport.retry import Retry
from admonster_fb.transport.session import Credentials, Session, Settings, check_app, check_endpoint

TIMEOUT = (5.0, 20.0)
"""Most seconds to connect and to wait for a response: a user waits for the sign-in, and ops wait for a renewal."""
DEADLINE = 45.0
MAX_WAIT = 10.0
NO_TOKEN = Secret("")


@dataclass(frozen=True)
class App:
    """An app of Meta's. Its secret is never printed, and the app is not pickled.

    >>> App("1234", "secret").token
    Secret(…)
    """

    app_id: str
    app_secret: Secret | str = field(repr=False)
    settings: Settings = field(default_factory=Settings, repr=False)
    clock: Clock = field(default_factory=SystemClock, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "app_secret", Secret(self.app_secret))
        empty = [name for name in ("app_id", "app_secret") if not getattr(self, name)]
        if empty:
            raise ParameterError([Violation(name, MISSING, f"the app's {name[4:]}, from its page") for name in empty])
        check_app(self.settings.endpoint, self.secret, in_process=self.settings.adapter is not None)

    @property
    def secret(self) -> str:
        """The app secret itself."""
        return Secret(self.app_secret).reveal()

    @property
    def token(self) -> Secret:
        """The app's own token, made of its id and its secret."""
        return Secret(f"{self.app_id}|{self.secret}")

    def check_endpoint(self, access_token: Secret) -> None:
        """Raise `ParameterError` if a token must not go to the app's host."""
        check_endpoint(self.settings.endpoint, access_token.reveal(), in_process=self.settings.adapter is not None)

    @contextmanager
    def api(self, access_token: Secret = NO_TOKEN) -> Iterator[Api]:
        """Open a connection for a few calls. Default: without a token."""
        connect, read = self.settings.timeout
        settings = replace(self.settings, timeout=(min(connect, TIMEOUT[0]), min(read, TIMEOUT[1])))
        session = Session(settings, Credentials(access_token.reveal(), self.secret))
        retry = Retry(self.clock, max_wait=MAX_WAIT, deadline=DEADLINE)
        try:
            yield Api(session, retry, Usage(self.clock), self.clock, Observer())
        finally:
            if self.settings.adapter is None:  # its owner closes an adapter that was passed in
                session.close()

    def call(
        self,
        method: str,
        *path: str,
        params: Mapping[str, Any] | None = None,
        access_token: Secret = NO_TOKEN,
        once: bool = False,
    ) -> dict[str, Any]:
        """Send one call and return its response. `once` is for a read that must not be retried."""
        with self.api(access_token) as api:
            return api.send(Call(method, path, params or {}, once=once), decode_object)

    def __reduce__(self) -> Any:
        raise TypeError("an app's secret is not pickled")
