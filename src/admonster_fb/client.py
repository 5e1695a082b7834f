"""The facade: one token, one endpoint, and a service per edge."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from zoneinfo import ZoneInfo

from admonster_fb.errors import MISSING, ParameterError, Violation
from admonster_fb.objects import SERVICES
from admonster_fb.services._base import account_id, account_or_node_id
from admonster_fb.transport.account_cache import Known
from admonster_fb.transport.api import Api
from admonster_fb.transport.clock import Clock, SystemClock
from admonster_fb.transport.observability import Hook, Observer
from admonster_fb.transport.rate_limits import Store, Usage
from admonster_fb.transport.recovery import Recovery
from admonster_fb.transport.retry import Retry
from admonster_fb.transport.session import SANDBOX_TOKEN, Credentials, Session, Settings, Source, check_endpoint
from admonster_fb.transport.transport import Transport

if TYPE_CHECKING:
    from admonster_fb.auth.app import App
    from admonster_fb.auth.facade_token import TokenDesk
    from admonster_fb.auth.login import Login
    from admonster_fb.auth.stores import TokenStore
    from admonster_fb.auth.token_manager import Tokens
    from admonster_fb.rules import Finding, Kind
    from admonster_fb.sandbox import Sandbox
    from admonster_fb.services.adaccounts import AdAccounts
    from admonster_fb.services.adcreatives import AdCreatives
    from admonster_fb.services.adimages import AdImages
    from admonster_fb.services.adrules import AdRules
    from admonster_fb.services.ads import Ads
    from admonster_fb.services.adsets import AdSets
    from admonster_fb.services.adspixels import AdsPixels
    from admonster_fb.services.adstudies import AdStudies
    from admonster_fb.services.advideos import AdVideos
    from admonster_fb.services.alerts import AlertChecks
    from admonster_fb.services.assigned_users import AssignedUsers
    from admonster_fb.services.audiences.customaudiences import CustomAudiences
    from admonster_fb.services.audiences.saved_audiences import SavedAudiences
    from admonster_fb.services.audiences.users import AudienceUsers
    from admonster_fb.services.budget_schedules import BudgetSchedules
    from admonster_fb.services.campaigns import Campaigns
    from admonster_fb.services.conversions import Conversions
    from admonster_fb.services.customconversions import CustomConversions
    from admonster_fb.services.insights.service import Insights
    from admonster_fb.services.targeting import TargetingHelp
    from admonster_fb.transport.batch import Batch


class FacebookAds:
    """Facebook and Instagram ads with one access token. Safe to share between threads; close it when done.

    `account` is the default ad account, read back as `fb.account`. `settings` says where and how to connect. No call
    waits longer than `max_wait` seconds at once or takes longer than `deadline` with all its tries: it raises
    `RateLimited(retry_after=…)` instead. `on_request` and `on_response` are told of every request. `fb.usage` shows
    how much of Meta's limits is used up; `usage_store="redis://…"` shares that between processes.

    >>> with FacebookAds.sandbox() as fb:
    ...     fb.adaccounts.get(fb.account).currency
    'USD'
    """

    def __init__(
        self,
        access_token: str | Source,
        account: str | None = None,
        *,
        app_secret: str | None = None,
        settings: Settings | None = None,
        max_wait: float = 60.0,
        deadline: float = 300.0,
        clock: Clock | None = None,
        on_request: Hook | None = None,
        on_response: Hook | None = None,
        usage_store: str | Store | None = None,
    ) -> None:
        settings = settings or Settings()
        check = partial(check_endpoint, settings.endpoint, in_process=settings.adapter is not None)
        if isinstance(access_token, str):
            check(access_token)
        self._account = account_id(account, "account") if account else None
        self._settings = settings
        self._clock = clock or SystemClock()
        self._session = Session(settings, Credentials(access_token, app_secret, check))
        self._app: App | None = None
        self._tokens: Tokens | None = None
        self.usage = Usage(self._clock, _store(usage_store))
        retry = Retry(self._clock, max_wait=max_wait, deadline=deadline)
        api = Api(self._session, retry, self.usage, self._clock, Observer(on_request, on_response))
        self._transport = Transport(api, Recovery(api, self._clock), Known(api, self._clock))

    @classmethod
    def from_env(
        cls,
        env_file: str | Path = ".env",
        *,
        account: str | None = None,
        token_name: str | None = None,
        **options: Any,
    ) -> Self:
        """Connect with what the environment, or else `env_file`, says: see `.env.example`.

        Without a token there it is the one that `admonster-fb login` has stored; with `token_name`, always the one
        that `login --as` has stored under that name.

        >>> FacebookAds.from_env()  # doctest: +SKIP
        FacebookAds(account='act_1', version='v26.0')
        """
        from admonster_fb.auth import environment

        env = environment.named(environment.read(env_file), token_name)
        account = account or env.get("FACEBOOK_AD_ACCOUNT_ID")
        options.setdefault("settings", environment.settings(env))
        options.setdefault("usage_store", env.get("FACEBOOK_USAGE_STORE"))
        access_token = env.get("FACEBOOK_ACCESS_TOKEN", "")
        if not access_token and (kept := environment.sign_in(env)):
            return cls.from_store(kept[0], kept[1], login=kept[2], account=account, **options)
        fb = cls(access_token, account, app_secret=env.get("FACEBOOK_CLIENT_SECRET"), **options)
        if environment.has_app(env):
            from admonster_fb.auth.app import App

            fb._app = App(env["FACEBOOK_CLIENT_ID"], env["FACEBOOK_CLIENT_SECRET"], fb._settings, fb._clock)
        return fb

    @classmethod
    def from_store(
        cls,
        store: TokenStore,
        key: str,
        *,
        login: Login | App | None = None,
        account: str | None = None,
        renew_before: timedelta = timedelta(days=7),
        **options: Any,
    ) -> Self:
        """Connect as the user whose token a store keeps under `key`; it is renewed before it expires.

        `login` says how: without it the token is used until it ends. While there is none that lives, calls raise
        `AuthenticationError` with a `login_url` to show; its `state` is bound to `key`. Once the user has logged in
        and the token is in the store, the next call goes through.

        >>> from admonster_fb.auth.stores import MemoryStore
        >>> FacebookAds.from_store(MemoryStore(), "ann", account="act_1")
        FacebookAds(account='act_1', version='v26.0')
        """
        from admonster_fb.auth.token_manager import Tokens

        tokens = Tokens(login, store, key, renew_before, clock=options.get("clock"))
        if tokens.app is not None:
            ours = {"settings": tokens.app.settings, "clock": tokens.app.clock, "app_secret": tokens.app.secret}
            options = {**ours, **options}
        fb = cls(tokens, account, **options)
        fb._app, fb._tokens = tokens.app, tokens
        return fb

    @classmethod
    def sandbox(
        cls, sandbox: Sandbox | None = None, *, seed: int = 1, account: str | None = None, **options: Any
    ) -> Self:
        """Connect to a sandbox in this process: no network, no credentials, and nothing is Meta's word.

        >>> FacebookAds.sandbox(seed=7)
        FacebookAds(account='act_1', version='v26.0')
        """
        from admonster_fb.sandbox import Sandbox

        sandbox = sandbox or Sandbox(seed=seed)
        ours: dict[str, Any] = {"settings": Settings(adapter=sandbox.adapter()), "clock": sandbox}
        fb = cls(sandbox.token, account or sandbox.account, **{**ours, **options})
        fb._session.requests.trust_env = False  # no network: no proxy to look for at each request
        if sandbox.app.secret.startswith(SANDBOX_TOKEN):
            from admonster_fb.auth.app import App

            fb._app = App(sandbox.app.id, sandbox.app.secret, fb._settings, fb._clock)
        return fb

    @property
    def account(self) -> str:
        """The default ad account's id, for services to be called with. Raises `ParameterError` if there is none."""
        if self._account is None:
            raise ParameterError([Violation("account", MISSING, "FacebookAds(…, account=) or FACEBOOK_AD_ACCOUNT_ID")])
        return self._account

    @property
    def has_account(self) -> bool:
        """Whether there is a default ad account."""
        return self._account is not None

    @property
    def version(self) -> str:
        """The version of Meta's API that is called."""
        return self._settings.version

    @cached_property
    def token(self) -> TokenDesk:
        """The access token: what Meta says of it, its renewal, its end."""
        from admonster_fb.auth.facade_token import TokenDesk

        return TokenDesk(self._transport.api, self._session.credentials, self._app, self._tokens)

    def currency(self, object_id: str) -> str:
        """Return the currency of an ad account or of the one that holds an object; asked of Meta once.

        >>> FacebookAds.sandbox().currency("act_2")
        'JPY'
        """
        return self._transport.account_of(account_or_node_id(object_id, "object_id")).currency

    def in_minor_units(self, params: Mapping[str, Any], object_id: str) -> dict[str, Any]:
        """Return parameters with each amount of money in minor units, once it is known to be in the account's currency.

        `object_id` is the account or anything in it. Raises `ParameterError` for another currency.

        >>> from admonster_fb import Money
        >>> FacebookAds.sandbox().in_minor_units({"daily_budget": Money("50.00 USD")}, "act_1")
        {'daily_budget': 5000}
        """
        return self._transport.in_minor_units(dict(params), account_or_node_id(object_id, "object_id"))

    def now(self) -> datetime:
        """Return the time by the connection's clock, which for a sandbox in this process is the sandbox's.

        >>> FacebookAds.sandbox().now().isoformat()
        '2026-11-01T12:00:00+00:00'
        """
        return self._clock.now()

    def today(self, object_id: str) -> date:
        """Return the date it is where an object's ad account keeps its days.

        >>> FacebookAds.sandbox().today("act_1")
        datetime.date(2026, 11, 1)
        """
        return self._clock.now().astimezone(ZoneInfo(self.timezone(object_id))).date()

    def timezone(self, object_id: str) -> str:
        """Return the time zone of an ad account or of the one that holds an object; asked of Meta once.

        >>> FacebookAds.sandbox().timezone("act_1")
        'America/Los_Angeles'
        """
        return self._transport.account_of(account_or_node_id(object_id, "object_id")).timezone_name

    def owner(self, object_id: str) -> str:
        """Return the ad account that holds an object, of an account itself; asked of Meta once.

        >>> FacebookAds.sandbox().owner("act_2")
        'act_2'
        """
        return self._transport.owner(account_or_node_id(object_id, "object_id"))

    def check(self, params: Mapping[str, Any], kind: Kind | None = None) -> list[Finding]:
        """Return all that is wrong with the parameters of a new object, or a whole tree of them, without asking Meta.

        A tree is `{"campaign": {…}, "adsets": [{…, "ads": [{…, "creative": {…}}]}]}`. What `params` are for is told by
        their names unless `kind` says it. Errors are what Meta refuses, warnings what it may refuse or take otherwise.
        Every create and update is checked like this by itself. `admonster-fb rules` lists the rules.

        >>> FacebookAds.sandbox().check({"name": "A", "objective": "OUTCOME_TRAFFIC",
        ...     "special_ad_categories": ["HOUSING"]})[0].field
        'special_ad_category_country'
        """
        from admonster_fb.services._validation import known_context, validate

        return validate(params, kind, known_context(self._transport, self._account))

    @property
    def api(self) -> Api:
        """Meta's own API object over this connection, as `api=` for any object of its SDK."""
        return self._transport.api

    def batch(self) -> Batch:
        """Gather calls of any services in a `with` block and send them 50 to a request.

        >>> fb = FacebookAds.sandbox()
        >>> with fb.batch() as batch:
        ...     item = batch.add(fb.adaccounts.get, "act_2")
        >>> item.result().currency
        'JPY'
        """
        from admonster_fb.transport.batch import Batch

        return Batch(self._transport, self._clock)

    @contextmanager
    def resumable(self, journal: str | Path) -> Iterator[Self]:
        """Make creates that can be taken up again: if the process dies, run the same again with the same file.

        Yields this facade with a journal: what an earlier run made is returned, what it may have made is looked for,
        the rest is made. The file is removed when the block ends well.

        >>> fb = FacebookAds.sandbox()
        >>> with fb.resumable("launch.journal") as run:
        ...     run.campaigns.create("act_1", name="A", objective="OUTCOME_SALES", special_ad_categories=[]).name
        'A'
        """
        from admonster_fb.transport.journal import Journal

        with Journal(journal) as kept:
            twin = copy.copy(self)
            for service in SERVICES:
                twin.__dict__.pop(service, None)
            twin._transport = self._transport.with_journal(kept)
            yield twin

    @cached_property
    def adaccounts(self) -> AdAccounts:
        """Ad accounts."""
        from admonster_fb.services.adaccounts import AdAccounts

        return AdAccounts(self._transport)

    @cached_property
    def assigned_users(self) -> AssignedUsers:
        """People with access to an ad account."""
        from admonster_fb.services.assigned_users import AssignedUsers

        return AssignedUsers(self._transport)

    @cached_property
    def audience_users(self) -> AudienceUsers:
        """People of custom audiences: lists of customers."""
        from admonster_fb.services.audiences.users import AudienceUsers

        return AudienceUsers(self._transport)

    @cached_property
    def budget_schedules(self) -> BudgetSchedules:
        """Budgets raised for a time."""
        from admonster_fb.services.budget_schedules import BudgetSchedules

        return BudgetSchedules(self._transport)

    @cached_property
    def campaigns(self) -> Campaigns:
        """Campaigns."""
        from admonster_fb.services.campaigns import Campaigns

        return Campaigns(self._transport)

    @cached_property
    def adsets(self) -> AdSets:
        """Ad sets."""
        from admonster_fb.services.adsets import AdSets

        return AdSets(self._transport)

    @cached_property
    def targeting(self) -> TargetingHelp:
        """What can be targeted, and how many people that is."""
        from admonster_fb.services.targeting import TargetingHelp

        return TargetingHelp(self._transport)

    @cached_property
    def adimages(self) -> AdImages:
        """Ad images."""
        from admonster_fb.services.adimages import AdImages

        return AdImages(self._transport)

    @cached_property
    def advideos(self) -> AdVideos:
        """Ad videos."""
        from admonster_fb.services.advideos import AdVideos

        return AdVideos(self._transport)

    @cached_property
    def adcreatives(self) -> AdCreatives:
        """Ad creatives."""
        from admonster_fb.services.adcreatives import AdCreatives

        return AdCreatives(self._transport)

    @cached_property
    def ads(self) -> Ads:
        """Ads and their previews."""
        from admonster_fb.services.ads import Ads

        return Ads(self._transport)

    @cached_property
    def insights(self) -> Insights:
        """Figures."""
        from admonster_fb.services.insights.service import Insights

        return Insights(self._transport)

    @cached_property
    def adrules(self) -> AdRules:
        """What Meta does by itself."""
        from admonster_fb.services.adrules import AdRules

        return AdRules(self._transport)

    @cached_property
    def alerts(self) -> AlertChecks:
        """Which rules fire now, and why."""
        from admonster_fb.services.alerts import AlertChecks

        return AlertChecks(self._transport)

    @cached_property
    def adstudies(self) -> AdStudies:
        """A/B tests."""
        from admonster_fb.services.adstudies import AdStudies

        return AdStudies(self._transport)

    @cached_property
    def customaudiences(self) -> CustomAudiences:
        """Custom audiences and lookalikes."""
        from admonster_fb.services.audiences.customaudiences import CustomAudiences

        return CustomAudiences(self._transport)

    @cached_property
    def saved_audiences(self) -> SavedAudiences:
        """Targeting kept under a name."""
        from admonster_fb.services.audiences.saved_audiences import SavedAudiences

        return SavedAudiences(self._transport)

    @cached_property
    def adspixels(self) -> AdsPixels:
        """Pixels."""
        from admonster_fb.services.adspixels import AdsPixels

        return AdsPixels(self._transport)

    @cached_property
    def customconversions(self) -> CustomConversions:
        """Events narrowed to what counts."""
        from admonster_fb.services.customconversions import CustomConversions

        return CustomConversions(self._transport)

    @cached_property
    def conversions(self) -> Conversions:
        """Events told by a server: the Conversions API."""
        from admonster_fb.services.conversions import Conversions

        return Conversions(self._transport)

    def close(self) -> None:
        """Close the connections; the end of a `with` block does it too.

        >>> fb = FacebookAds.sandbox()
        >>> fb.close()
        """
        self._session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"FacebookAds(account={self._account!r}, version={self._settings.version!r})"


def _store(given: str | Store | None) -> Store | None:
    if not isinstance(given, str):
        return given
    from admonster_fb.transport.rate_limits_redis import Redis

    return Redis(given)
