"""The facade: one token, one endpoint, and a service per edge."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from functools import cached_property, partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar, cast

from admonster_fb.errors import MISSING, ParameterError, Violation
from admonster_fb.models._node import zone_of
from admonster_fb.objects import SERVICES, service_class
from admonster_fb.services._base import account_id, account_or_node_id
from admonster_fb.transport.account_cache import AccountCache
from admonster_fb.transport.api import Api
from admonster_fb.transport.clock import Clock, SystemClock
from admonster_fb.transport.observability import Hook, Observer
from admonster_fb.transport.rate_limits import Usage, UsageStore
from admonster_fb.transport.recovery import SETTLE, Recovery
from admonster_fb.transport.retry import Retry
from admonster_fb.transport.session import Credentials, Session, Settings, TokenSource, check_endpoint, is_local
from admonster_fb.transport.transport import Transport

if TYPE_CHECKING:
    from admonster_fb.auth.app import App
    from admonster_fb.auth.login import Login
    from admonster_fb.auth.stores import TokenStore
    from admonster_fb.auth.token_manager import TokenAccess, TokenManager
    from admonster_fb.models.change import Change
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
    from admonster_fb.services.businesses import Businesses
    from admonster_fb.services.campaigns import Campaigns
    from admonster_fb.services.conversions import Conversions
    from admonster_fb.services.customconversions import CustomConversions
    from admonster_fb.services.insights.service import Insights
    from admonster_fb.services.leadgen_forms import LeadgenForms
    from admonster_fb.services.leads.service import Leads
    from admonster_fb.services.pages import Pages
    from admonster_fb.services.posts import Posts
    from admonster_fb.services.product_catalogs import ProductCatalogs
    from admonster_fb.services.targeting import TargetingHelp
    from admonster_fb.services.webhooks import Webhooks
    from admonster_fb.transport.batch import Batch
    from admonster_fb.transport.many_accounts import Accounts

S = TypeVar("S")


class _LazyService(Generic[S]):
    """A service of the facade, imported and created at its first use. `objects.SERVICES` names its class."""

    def __init__(self, doc: str) -> None:
        self.__doc__ = doc

    def __set_name__(self, _owner: type, name: str) -> None:
        self._name = name

    def __get__(self, fb: FacebookAds | None, _owner: type) -> S:
        if fb is None:
            return cast("S", self)
        service = fb.__dict__[self._name] = service_class(self._name)(fb._transport)
        return cast("S", service)


class FacebookAds:
    """Facebook and Instagram ads with one access token. Safe to share between threads. Close it when done.

    `account` is the default ad account: `fb.account`. `settings` says where and how to connect. No call waits longer
    than `max_wait` seconds at once, or takes longer than `deadline` seconds with all its attempts: it raises
    `RateLimited` with `retry_after` instead. A create whose answer is lost is looked for `settle` seconds long, then it
    raises `OutcomeUnknown`. `on_request` and `on_response` are called for every request.
    `fb.usage` shows how much of Meta's rate limits is used up; `usage_store="redis://…"` shares that between processes.

    >>> with FacebookAds.sandbox() as fb:
    ...     fb.adaccounts.get(fb.account).currency
    'USD'
    """

    adaccounts: _LazyService[AdAccounts] = _LazyService("Ad accounts.")
    assigned_users: _LazyService[AssignedUsers] = _LazyService("People with access to an ad account.")
    audience_users: _LazyService[AudienceUsers] = _LazyService("Customer lists: the people in a custom audience.")
    budget_schedules: _LazyService[BudgetSchedules] = _LazyService("Temporary budget increases (budget schedules).")
    campaigns: _LazyService[Campaigns] = _LazyService("Campaigns.")
    adsets: _LazyService[AdSets] = _LazyService("Ad sets.")
    targeting: _LazyService[TargetingHelp] = _LazyService(
        "Targeting search, validation, and reach and delivery estimates."
    )
    adimages: _LazyService[AdImages] = _LazyService("Ad images.")
    advideos: _LazyService[AdVideos] = _LazyService("Ad videos.")
    posts: _LazyService[Posts] = _LazyService("Posts of Pages, Instagram media and comments.")
    product_catalogs: _LazyService[ProductCatalogs] = _LazyService("Product catalogs, their sets and feeds.")
    adcreatives: _LazyService[AdCreatives] = _LazyService("Ad creatives.")
    ads: _LazyService[Ads] = _LazyService("Ads and their previews.")
    insights: _LazyService[Insights] = _LazyService("Performance reports (Insights).")
    adrules: _LazyService[AdRules] = _LazyService("Automated rules run by Meta.")
    alerts: _LazyService[AlertChecks] = _LazyService("Alert rules: which of them apply now, and why.")
    adstudies: _LazyService[AdStudies] = _LazyService("A/B tests.")
    customaudiences: _LazyService[CustomAudiences] = _LazyService("Custom audiences and lookalikes.")
    saved_audiences: _LazyService[SavedAudiences] = _LazyService("Saved audiences: reusable targeting.")
    adspixels: _LazyService[AdsPixels] = _LazyService("Pixels.")
    customconversions: _LazyService[CustomConversions] = _LazyService("Custom conversions: events filtered by a rule.")
    conversions: _LazyService[Conversions] = _LazyService("Events from a server: the Conversions API.")
    pages: _LazyService[Pages] = _LazyService("Pages on which the user has a role.")
    businesses: _LazyService[Businesses] = _LazyService("Businesses and their assets.")
    leadgen_forms: _LazyService[LeadgenForms] = _LazyService("Lead forms of Pages.")
    leads: _LazyService[Leads] = _LazyService("Leads: the answers that people sent.")
    webhooks: _LazyService[Webhooks] = _LazyService("Subscriptions of Pages and ad accounts to webhooks.")

    def __init__(
        self,
        access_token: str | TokenSource,
        account: str | None = None,
        *,
        app_secret: str | None = None,
        settings: Settings | None = None,
        max_wait: float = 60.0,
        deadline: float = 300.0,
        settle: float = SETTLE,
        clock: Clock | None = None,
        on_request: Hook | None = None,
        on_response: Hook | None = None,
        usage_store: str | UsageStore | None = None,
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
        self._tokens: TokenManager | None = None
        if isinstance(usage_store, str):
            from admonster_fb.transport.rate_limits_redis import RedisUsageStore

            usage_store = RedisUsageStore(usage_store)
        self.usage = Usage(self._clock, usage_store)
        retry = Retry(self._clock, max_wait=max_wait, deadline=deadline)
        api = Api(self._session, retry, self.usage, self._clock, Observer(on_request, on_response))
        self._transport = Transport(api, Recovery(api, self._clock, settle), AccountCache(api, self._clock))

    @classmethod
    def from_env(
        cls, env_file: str | Path = ".env", *, account: str | None = None, token_name: str | None = None, **options: Any
    ) -> Self:
        """Connect with the settings in the environment, or else in `env_file`. See `.env.example`.

        The file may not name another host, or where tokens are stored (`docs/security.md`): raises `ParameterError`.
        Without a token there, use the one that `admonster-fb login` has stored. With `token_name`, always use the one
        that `login --as` has stored under that name.

        >>> FacebookAds.from_env()  # doctest: +SKIP
        FacebookAds(account='act_1', version='v26.0')
        """
        from admonster_fb import variables
        from admonster_fb.auth import environment

        env = environment.with_token_name(variables.read(env_file), token_name)
        account = account or env.get("FACEBOOK_AD_ACCOUNT_ID")
        options.setdefault("settings", environment.settings(env))
        options.setdefault("usage_store", env.get("FACEBOOK_USAGE_STORE"))
        access_token = env.get("FACEBOOK_ACCESS_TOKEN", "")
        if not access_token and (stored := environment.sign_in(env)):
            return cls.from_store(stored.store, stored.key, login=stored.login, account=account, **options)
        fb = cls(access_token, account, app_secret=env.get("FACEBOOK_CLIENT_SECRET"), **options)
        if environment.has_app(env):
            fb._use_app(env["FACEBOOK_CLIENT_ID"], env["FACEBOOK_CLIENT_SECRET"])
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
        """Connect as the user whose token a store has under `key`. The token is renewed before it expires.

        `login` is needed for that: without it the token is used until it expires. Without a valid token, calls raise
        `AuthenticationError` with a `login_url` for the user, whose `state` is bound to `key`. After the user has
        logged in and the token is in the store, the next call succeeds.

        >>> from admonster_fb.auth.stores import MemoryStore
        >>> FacebookAds.from_store(MemoryStore(), "ann", account="act_1")
        FacebookAds(account='act_1', version='v26.0')
        """
        from admonster_fb.auth.token_manager import TokenManager

        tokens = TokenManager(login, store, key, renew_before, clock=options.get("clock"))
        if tokens.app is not None:
            defaults = {"settings": tokens.app.settings, "clock": tokens.app.clock, "app_secret": tokens.app.secret}
            options = {**defaults, **options}
        fb = cls(tokens, account, **options)
        fb._app, fb._tokens = tokens.app, tokens
        return fb

    @classmethod
    def sandbox(
        cls, sandbox: Sandbox | None = None, *, seed: int = 1, account: str | None = None, **options: Any
    ) -> Self:
        """Connect to a sandbox in this process: no network, no credentials. Responses are emulated, not Meta's.

        >>> FacebookAds.sandbox(seed=7)
        FacebookAds(account='act_1', version='v26.0')
        """
        from admonster_fb.sandbox import Sandbox
        from admonster_fb.transport.session import SANDBOX_TOKEN

        sandbox = sandbox or Sandbox(seed=seed)
        defaults: dict[str, Any] = {"settings": Settings(adapter=sandbox.adapter()), "clock": sandbox}
        fb = cls(sandbox.token, account or sandbox.account, **{**defaults, **options})
        fb._session.requests.trust_env = False  # no network: no proxy to look for at each request
        if sandbox.app.secret.startswith(SANDBOX_TOKEN):
            fb._use_app(sandbox.app.id, sandbox.app.secret)
        return fb

    def _use_app(self, app_id: str, app_secret: str) -> None:
        from admonster_fb.auth.app import App

        self._app = App(app_id, app_secret, self._settings, self._clock)

    @property
    def account(self) -> str:
        """The default ad account's id. Raises `ParameterError` if there is none."""
        if self._account is None:
            raise ParameterError([Violation("account", MISSING, "FacebookAds(…, account=) or FACEBOOK_AD_ACCOUNT_ID")])
        return self._account

    @property
    def has_account(self) -> bool:
        """Whether there is a default ad account."""
        return self._account is not None

    @property
    def is_sandbox(self) -> bool:
        """Whether this is connected to a sandbox: then nothing is Meta's, and no image or video URL is followed."""
        return is_local(self._settings.endpoint, in_process=self._settings.adapter is not None)

    @property
    def version_warning(self) -> str | None:
        """What Meta last said about the version of the calls, for example that it raised them to a newer one."""
        return self.api.version_warning

    @property
    def version(self) -> str:
        """The version of Meta's API."""
        return self._settings.version

    @cached_property
    def token(self) -> TokenAccess:
        """The access token: its status, renewal and revocation."""
        from admonster_fb.auth.token_manager import TokenAccess

        return TokenAccess(self._transport.api, self._session.credentials, self._app, self._tokens)

    def currency(self, object_id: str) -> str:
        """Return the currency of an ad account, or of an object's ad account. Cached after the first request.

        >>> FacebookAds.sandbox().currency("act_2")
        'JPY'
        """
        return self._transport.account_facts(account_or_node_id(object_id, "object_id")).currency

    def in_minor_units(self, params: Mapping[str, Any], object_id: str) -> dict[str, Any]:
        """Return parameters with each amount of money in minor units of the account's currency.

        `object_id` is the account or anything in it. Raises `ParameterError` for an amount in another currency.

        >>> from admonster_fb import Money
        >>> FacebookAds.sandbox().in_minor_units({"daily_budget": Money("50.00 USD")}, "act_1")
        {'daily_budget': 5000}
        """
        return self._transport.in_minor_units(dict(params), account_or_node_id(object_id, "object_id"))

    def known_change(self, edge: str, object_id: str, params: Mapping[str, Any]) -> Change:
        """Return an update as a change from the values last read or written, without a request.

        `before` has those values of at most 15 minutes that are known. Amounts are in minor units.

        >>> fb = FacebookAds.sandbox()
        >>> campaign = fb.campaigns.list("act_1")[-1]
        >>> fb.known_change("campaigns", campaign.id, {"status": "PAUSED"}).before
        {'status': 'ACTIVE'}
        """
        return self._transport.cache.known_change(edge, object_id, params)

    def now(self) -> datetime:
        """Return the time by the connection's clock. For a sandbox in this process, that is the sandbox's clock.

        >>> FacebookAds.sandbox().now().isoformat()
        '2026-11-01T12:00:00+00:00'
        """
        return self._clock.now()

    def today(self, object_id: str) -> date:
        """Return today's date in the time zone of an object's ad account.

        >>> FacebookAds.sandbox().today("act_1")
        datetime.date(2026, 11, 1)
        """
        return self._clock.now().astimezone(zone_of(self.timezone(object_id))).date()

    def timezone(self, object_id: str) -> str:
        """Return the time zone of an ad account, or of an object's ad account. Cached after the first request.

        >>> FacebookAds.sandbox().timezone("act_1")
        'America/Los_Angeles'
        """
        return self._transport.account_facts(account_or_node_id(object_id, "object_id")).timezone_name

    def owner(self, object_id: str) -> str:
        """Return the ad account that holds an object; for an account, its own id. Cached after the first request.

        >>> FacebookAds.sandbox().owner("act_2")
        'act_2'
        """
        return self._transport.cache.owner(account_or_node_id(object_id, "object_id"))

    def check(self, params: Mapping[str, Any], kind: Kind | None = None) -> list[Finding]:
        """Return everything that is wrong with the parameters of a new object, or of a tree of them. Sends nothing.

        A tree is `{"campaign": {…}, "adsets": [{…, "ads": [{…, "creative": {…}}]}]}`. Without `kind`, the names of
        the parameters decide what they are for. Errors are what Meta refuses. Warnings are what Meta may refuse or
        understand differently. Every create and update runs this check. `admonster-fb rules` lists the rules.

        >>> FacebookAds.sandbox().check({"name": "A", "objective": "OUTCOME_TRAFFIC",
        ...     "special_ad_categories": ["HOUSING"]})[0].field
        'special_ad_category_country'
        """
        from admonster_fb.services._validation import known_context, validate

        return validate(params, kind, known_context(self._transport, self._account))

    @property
    def api(self) -> Api:
        """Meta's own API object over this connection, for `api=` of any object of Meta's SDK."""
        return self._transport.api

    def batch(self) -> Batch:
        """Collect calls of any services in a `with` block and send them, 50 per request.

        >>> fb = FacebookAds.sandbox()
        >>> with fb.batch() as batch:
        ...     item = batch.add(fb.adaccounts.get, "act_2")
        >>> item.result().currency
        'JPY'
        """
        from admonster_fb.transport.batch import Batch

        return Batch(self._transport, self._clock)

    def over(self, accounts: Iterable[str] | None = None) -> Accounts:
        """Return ad accounts to work on together: in threads, and with batches for what they read at the same time.

        Default: all ad accounts of the token. For the accounts of a business, give the ids of
        `fb.adaccounts.of_business`.

        >>> fb = FacebookAds.sandbox()
        >>> for done in fb.over(["act_1"]).run(fb.insights.list, days=7, fields=["spend"]):
        ...     done.account, done.error, len(done.result())
        ('act_1', None, 1)
        """
        from admonster_fb.transport.many_accounts import Accounts

        ids = [each.id for each in self.adaccounts.iter(fields=["id"], limit=500)] if accounts is None else accounts
        return Accounts(self.api, [account_id(each) for each in ids])

    @property
    def adopted(self) -> Mapping[str, str]:
        """IDs of objects that were found by search after a lost answer, with the request that was lost.

        Another process may have created them: compare before you delete one. A rollback leaves them alone.
        """
        return MappingProxyType(self._transport.recovery.adopted)

    @contextmanager
    def resumable(self, journal: str | Path, *, send_again: bool = False) -> Iterator[Self]:
        """Make creates that can be resumed: if the process dies, run the same code again with the same file.

        Yields this facade with a journal. What an earlier run created is returned, what it may have created is looked
        up, the rest is created. What may exist and does not show raises `OutcomeUnknown`; with `send_again` it is
        created then. The file is removed when the block ends without an error.

        >>> fb = FacebookAds.sandbox()
        >>> with fb.resumable("launch.journal") as run:
        ...     run.campaigns.create("act_1", name="A", objective="OUTCOME_SALES", special_ad_categories=[]).name
        'A'
        """
        from admonster_fb.transport.journal import Journal

        with Journal(journal, send_again=send_again) as records:
            twin = copy.copy(self)
            for service in SERVICES:
                twin.__dict__.pop(service, None)
            twin._transport = self._transport.with_journal(records)
            yield twin

    def close(self, deadline: float = 10.0) -> None:
        """Wait up to `deadline` seconds for writes in flight, and close the connections.

        The end of a `with` block does it too.

        >>> fb = FacebookAds.sandbox()
        >>> fb.close()
        """
        self._session.close(deadline)
        self._transport.forget_unfinished(0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"FacebookAds(account={self._account!r}, version={self._settings.version!r})"
