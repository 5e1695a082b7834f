"""Controls of the app, of users and of their tokens, for tests. Part of `Sandbox`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from threading import RLock

from admonster_fb.sandbox import auth
from admonster_fb.sandbox.auth import ALL_SCOPES, Token
from admonster_fb.sandbox.oauth import people
from admonster_fb.sandbox.oauth.app import App, Config
from admonster_fb.sandbox.world import World


class SignIn:
    """The app, people who sign in, and how their tokens end."""

    _lock: RLock
    world: World
    token: str

    @property
    def app(self) -> App:
        """The app that users sign in to: `sandbox.app.live = False`, `sandbox.app.redirect_uris.append(…)`.

        >>> Sandbox(history=0).app.name
        'Sandbox Bot'
        """
        return self.world.app

    def add_config(self, scopes: Iterable[str], kind: str = "USER") -> str:
        """Add a configuration of Facebook Login for Business and return its `config_id`.

        `kind="SYSTEM_USER"` ends in a token of a system user, which does not expire.

        >>> Sandbox(history=0).add_config(["ads_read"])
        '990000000000001'
        """
        if kind not in ("USER", people.KIND):
            raise ValueError(f"a configuration is for USER or {people.KIND}, not {kind}")
        with self._lock:
            config_id = str(990_000_000_000_001 + len(self.app.configs))
            self.app.configs[config_id] = Config(tuple(scopes), kind)
            return config_id

    def add_user(self, name: str, accounts: Iterable[str] | None = None, *, role: bool = True) -> str:
        """Add a person who can sign in and sees these ad accounts (default: all); return their id.

        Without a `role` in the app they can only once it is live.

        >>> Sandbox(history=0).add_user("Ann", ["act_2"]).isdigit()
        True
        """
        with self._lock:
            user = self.world.store.add("User", {"name": name})
            if accounts is not None:
                user.hidden["accounts"] = list(accounts)
            if not role:
                self.app.strangers.add(user.id)
            return user.id

    def system_user(self) -> str:
        """Return the id of the app's system user in the business, which sees every ad account.

        >>> Sandbox(history=0).system_user()
        '122100000000000900'
        """
        with self._lock:
            return people.system_user(self.world).id

    def issue_system_token(self, scopes: Iterable[str] = ALL_SCOPES, *, expires: bool = False) -> str:
        """Return a token of a system user, which never expires, or in 60 days.

        >>> Sandbox(history=0).issue_system_token().startswith("sandbox-")
        True
        """
        with self._lock:
            return people.system_token(self.world, set(scopes), expires=expires).value

    @property
    def tokens(self) -> list[str]:
        """Every token that was issued, oldest first; invalid ones too.

        >>> sandbox = Sandbox(history=0)
        >>> sandbox.tokens == [sandbox.token]
        True
        """
        with self._lock:
            return list(self.world.tokens.tokens)

    @property
    def login_codes(self) -> dict[str, bool]:
        """The codes of the login dialog, each with whether it was exchanged.

        >>> Sandbox(history=0).login_codes
        {}
        """
        with self._lock:
            return {code.value: code.used for code in self.world.logins.codes.values()}

    def limit_accounts(self, accounts: Iterable[str], token: str | None = None) -> None:
        """Restrict the user of a token (the default one) to these ad accounts.

        >>> Sandbox(history=0).limit_accounts(["act_2"])
        """
        with self._lock:
            self._held(token).accounts[:] = accounts

    def limit_token(self, lasts: timedelta | None, token: str | None = None) -> None:
        """Set how long a token (the default one) is valid from now on; None: it does not expire.

        >>> Sandbox(history=0).limit_token(timedelta(hours=2))
        """
        with self._lock:
            self._held(token).expires_at = (self.world.clock() + lasts).isoformat() if lasts else None

    def end_token(self, subcode: int, token: str | None = None) -> None:
        """End all tokens of the user of a token (the default one) with a subcode of 190.

        458: the app was removed, 459 and 490: a checkpoint, 460: the password was changed, 464: an unconfirmed user,
        466: ended by a call, 467: logged out. `mend_token` lets them go on after 459, 464 and 490.

        >>> sandbox = Sandbox(history=0)
        >>> sandbox.end_token(460)
        >>> sandbox.session().get("https://graph.facebook.com/me").json()["error"]["error_subcode"]
        460
        """
        if subcode not in auth.ENDS:
            raise ValueError(f"no such end: {subcode}; there are {', '.join(map(str, auth.ENDS))}")
        with self._lock:
            for item in self.world.tokens.of_user(self._held(token).user_id):
                item.ended = subcode

    def mend_token(self, token: str | None = None) -> None:
        """Restore the tokens of a user who has completed the checkpoint.

        >>> Sandbox(history=0).mend_token()
        """
        with self._lock:
            for item in self.world.tokens.of_user(self._held(token).user_id):
                item.ended = None if item.ended in auth.PASSING else item.ended

    def lapse(self, *scopes: str, token: str | None = None) -> None:
        """Expire scopes of a token (the default one) as if the app had not used them for 90 days.

        >>> Sandbox(history=0).lapse("read_insights")
        """
        with self._lock:
            held = self._held(token)
            held.lapsed |= held.scopes & set(scopes)
            held.scopes -= set(scopes)

    def _held(self, token: str | None) -> Token:
        return self.world.tokens.tokens[token or self.token]
