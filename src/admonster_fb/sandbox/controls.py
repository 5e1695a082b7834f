"""Controls of the app and its users, of audiences, pixels, leads and webhooks, for tests. Part of `Sandbox`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from datetime import timedelta
from threading import RLock
from typing import Any

from admonster_fb.sandbox import auth
from admonster_fb.sandbox.audiences import state
from admonster_fb.sandbox.audiences.people import Row
from admonster_fb.sandbox.auth import ALL_SCOPES, Token
from admonster_fb.sandbox.history import SEED
from admonster_fb.sandbox.leads import hooks, library
from admonster_fb.sandbox.oauth import people
from admonster_fb.sandbox.oauth.app import App, Config
from admonster_fb.sandbox.world import Listener, World

Receiver = Callable[[bytes, Mapping[str, str]], int]


class Controls:
    """The app, people who sign in and how their tokens end; audiences and events; leads and webhooks."""

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

    @property
    def keep_audience_rows(self) -> bool:
        """Whether uploaded rows are stored. If not, only their count and digest are, which takes no memory."""
        return self.world.people.keep_rows

    @keep_audience_rows.setter
    def keep_audience_rows(self, keep: bool) -> None:
        self.world.people.keep_rows = keep

    def audience_rows(self, audience_id: str) -> Counter[Row]:
        """Return the rows an audience holds: each a tuple of the values that came, with how often it is held.

        Invalid rows, repeated batches and removed people are not included.

        >>> Sandbox(history=0).audience_rows("120")
        Counter()
        """
        with self._lock:
            return self.world.people.rows(audience_id)

    def audience_digest(self, audience_id: str) -> tuple[int, str]:
        """Return how many rows an audience holds and a digest of them, which no order changes.

        The digest is the sum, modulo 2**64 and in hex, of the first 64 bits of BLAKE2b (`digest_size=8`, big-endian) of
        each row's values joined by U+001F.

        >>> Sandbox(history=0).audience_digest("120")
        (0, '0000000000000000')
        """
        with self._lock:
            count, digest = self.world.people.digest(audience_id)
            return count, f"{digest:016x}"

    def accept_terms(self, account: str, terms: str = "custom_audience_tos", accepted: bool = True) -> None:
        """Set whether an account has accepted terms: `custom_audience_tos` or `web_custom_audience_tos`.

        >>> sandbox = Sandbox(history=0)
        >>> sandbox.accept_terms("act_1", "custom_audience_tos", False)
        >>> form = {"name": "List", "subtype": "CUSTOM", "customer_file_source": "USER_PROVIDED_ONLY"}
        >>> answer = sandbox.session().post("https://graph.facebook.com/act_1/customaudiences", data=form)
        >>> answer.json()["error"]["code"]
        2663
        """
        with self._lock:
            data = self.world.store.nodes[f"act_{account.removeprefix('act_')}"].data
            data["tos_accepted"] = {**data["tos_accepted"], terms: int(accepted)}

    def audience_status(self, audience_id: str, code: int | None, fields: Iterable[str] = ()) -> None:
        """Set the code of an audience's `operation_status`; None restores the computed one.

        471 is a flagged audience, `fields` being what was found wrong with it.

        >>> sandbox = Sandbox()
        >>> audience = next(sandbox.world.store.of_kind("CustomAudience"))
        >>> sandbox.audience_status(audience.id, 471, ["name"])
        >>> url = f"https://graph.facebook.com/{audience.id}?fields=operation_status"
        >>> sandbox.session().get(url).json()["operation_status"]["code"]
        471
        """
        if code not in (None, *state.OPERATIONS):
            raise ValueError(f"no such status: {code}; there are {', '.join(map(str, state.OPERATIONS))}")
        with self._lock:
            audience = self.world.store.nodes[audience_id]
            audience.hidden[state.FIELDS] = list(fields)
            if code is None:
                audience.hidden.pop(state.STATUS, None)
            else:
                audience.hidden[state.STATUS] = code

    def events(self, pixel_id: str) -> list[dict[str, Any]]:
        """Return the events a pixel received by the Conversions API, as sent, oldest first.

        An event that repeats an earlier one (same `event_name` and `event_id`) also has `"duplicate": True`, and
        one sent to the test tool its `test_event_code`.

        >>> Sandbox().events("604381177220931")
        []
        """
        with self._lock:
            return deepcopy(self.world.signals.events.get(pixel_id, []))

    def add_leads(
        self, form_id: str, answers: Iterable[dict[str, Any] | None], ad_id: str | None = None, *, seconds: int = 1
    ) -> list[str]:
        """Let people send a form, one after the other, the last one now; return the ids of the leads.

        `None` is dummy answers. The sandbox's clock does not move: each lead is `seconds` older than the next.

        >>> sandbox = Sandbox(history=0)
        >>> form_id = sandbox.add_form()
        >>> len(sandbox.add_leads(form_id, [{"email": "a@example.com"}, None]))
        2
        """
        with self._lock:
            store, rows = self.world.store, list(answers)
            ad, form = (store.nodes[ad_id] if ad_id else None), store.nodes[form_id]
            now = int(self.world.clock().timestamp())
            ages = range((len(rows) - 1) * seconds, -1, -seconds) if seconds else [0] * len(rows)
            return [library.add(self.world, form, row, now - age, ad).id for row, age in zip(rows, ages, strict=True)]

    def add_form(self, page_id: str | None = None, **fields: Any) -> str:
        """Add a form with name, e-mail and phone, unchecked, and return its id. Default: on the first Page.

        >>> Sandbox(history=0).add_form(name="Course")
        '3370774453101952'
        """
        with self._lock:
            count = sum(1 for _ in self.world.store.of_kind("LeadgenForm"))
            page = page_id or next(node.id for node in self.world.store.of_kind("Page"))
            data = {**deepcopy(SEED["form"]), "name": f"Form {count}", "page_id": page}
            data |= {"created_time": self.world.clock().strftime("%Y-%m-%dT%H:%M:%S+0000"), **fields}
            return self.world.store.add("LeadgenForm", data, id=str(3_370_774_453_101_952 + 7 * count)).id

    def remove_lead(self, lead_id: str) -> None:
        """Remove a lead as if it had expired: the pages behind it shift.

        >>> sandbox = Sandbox(history=0)
        >>> sandbox.remove_lead(sandbox.add_leads(sandbox.add_form(), [None])[0])
        """
        with self._lock:
            self.world.store.remove(lead_id)

    def listen(self, callback_url: str, listener: Listener) -> None:
        """Let a function answer the verification of a callback URL: method and query in, status and text out.

        >>> Sandbox(history=0).listen("https://bot.example/hook", lambda method, query: (200, query["hub.challenge"]))
        """
        self.world.hooks.listeners[callback_url] = listener

    def queue_webhook(self, kind: str, asset_id: str, field: str, value: Any = None) -> None:
        """Queue a change for delivery, subscribed or not: `queue_webhook("ad_account", "1", "creative_fatigue", {…})`.

        >>> Sandbox(history=0).queue_webhook("page", "1", "parking")
        """
        with self._lock:
            hooks.queue(self.world, kind, asset_id, field, value)

    def webhooks(
        self, *, seed: int = 1, batch: int = 1000, repeat: float = 0.0, shuffle: bool = False
    ) -> list[tuple[dict[str, str], bytes]]:
        """Return the waiting changes as posts (headers, body): signed, `batch` to a post, some sent twice, shuffled.

        >>> sandbox = Sandbox(history=0)
        >>> sandbox.queue_webhook("page", "1", "parking")
        >>> sandbox.webhooks()[0][1]
        b'{"object": "page", "entry": [{"id": "1", "time": 1793534400, "changes": [{"field": "parking"}]}]}'
        """
        with self._lock:
            return hooks.deliveries(self.world, seed, batch, repeat, shuffle=shuffle)

    def send_webhooks(self, receiver: Receiver, **how: Any) -> list[int]:
        """Post the waiting changes to a receiver (body and headers in, status out); return the statuses.

        >>> sandbox = Sandbox(history=0)
        >>> sandbox.queue_webhook("page", "1", "parking")
        >>> sandbox.send_webhooks(lambda body, headers: 200)
        [200]
        """
        return [receiver(body, headers) for headers, body in self.webhooks(**how)]
