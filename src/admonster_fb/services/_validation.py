"""Checks before a write is sent: types, offline rules, and money in minor units of the account's currency."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from datetime import date
from typing import Any

from admonster_fb.errors import MISSING, ParameterError, Violation
from admonster_fb.models._facts import names
from admonster_fb.models._params import checked, checked_with_untyped, with_extra
from admonster_fb.models.ad import AdCreate
from admonster_fb.models.adaccount import AdAccountUpdate
from admonster_fb.models.adcreative import AdCreativeCreate
from admonster_fb.models.adset import AdSetCreate
from admonster_fb.models.campaign import BUDGETS, CampaignCreate
from admonster_fb.models.launch import Tree
from admonster_fb.money import Money
from admonster_fb.rules import Context, Finding, Kind, check_tree
from admonster_fb.rules import check as check_rules
from admonster_fb.rules.values import mapping
from admonster_fb.transport.account_cache import AccountFacts
from admonster_fb.transport.observability import bound
from admonster_fb.transport.transport import Transport

_collected: ContextVar[list[Finding] | None] = ContextVar("collected", default=None)


@contextmanager
def warnings() -> Iterator[list[Finding]]:
    """Collect the warnings of the offline rules within a `with` block."""
    found: list[Finding] = []
    with bound(_collected, found):
        yield found


def validated_params(
    transport: Transport, kind: Kind, spec: Any, params: Mapping[str, Any], node_id: str, *, update: bool = False
) -> dict[str, Any]:
    """Return parameters that can be sent: checked by type and rule, money in minor units.

    Raises `ParameterError` with all violations of types and rules. A new ad set is checked together with its campaign,
    which is read from Meta unless it was read within the last minute.
    """
    wrong: list[Violation] = []
    sendable = dict(params) if update else with_defaults(kind, params)
    context, untyped = Context(), list[Finding]()
    try:
        sendable, untyped = typed_params(spec, sendable)
        sendable = sendable if update else _with_parents(transport, sendable, node_id)
        sendable = transport.in_minor_units(sendable, node_id)
        context = _context(transport, kind, sendable, node_id, update=update)
        if kind == "adset" and not update:
            sendable = with_devices_as_chosen(sendable, context, transport.api.connection.settings.version)
    except ParameterError as error:
        wrong += error.violations
        context = _context(transport, kind, sendable, node_id, update=True)  # what is known costs no request
    findings = _without_duplicates(wrong, check_rules(kind, sendable, context, update=update))
    broken = (to_violation(finding) for finding in findings if finding.severity == "error")
    wrong += [_as_given(violation, params, sendable) for violation in broken]
    if wrong:
        raise ParameterError(wrong)
    ruled = tuple(finding.field for finding in findings)
    warn([*findings, *(each for each in untyped if not each.field.startswith(ruled))])
    return sendable


def _as_given(violation: Violation, params: Mapping[str, Any], sendable: Mapping[str, Any]) -> Violation:
    """Return a violation that shows an amount as it was given, without the readings of a bare number."""
    given, found = params.get(violation.field), violation.given
    if not isinstance(given, (str, Money)) or not isinstance(found, int) or found != sendable.get(violation.field):
        return violation
    shown = given if isinstance(given, str) else f"{given.amount:f} {given.currency}"
    return replace(violation, given=shown, allowed=re.sub(rf": {found} is .* if that is meant", "", violation.allowed))


INLINE: Mapping[str, tuple[Kind, Any]] = {
    "campaign_spec": ("campaign", CampaignCreate),
    "adset_spec": ("adset", AdSetCreate),
}
"""What makes a parent in the same call, with its kind and parameters."""


def _with_parents(transport: Transport, params: dict[str, Any], node_id: str) -> dict[str, Any]:
    """Return parameters in which parents made in the same call are as if they were created alone."""
    made, wrong = dict(params), list[Violation]()
    for name in INLINE.keys() & params.keys():
        kind, spec = INLINE[name]
        if isinstance(params[name], Mapping) and params[name]:
            with warnings() as found:
                try:
                    made[name] = validated_params(transport, kind, spec, params[name], node_id)
                except ParameterError as error:
                    wrong += [replace(violation, field=f"{name}.{violation.field}") for violation in error.violations]
            warn(replace(finding, field=f"{name}.{finding.field}") for finding in found)
    if wrong:
        raise ParameterError(wrong)
    return made


def typed_params(spec: Any, params: Mapping[str, Any]) -> tuple[dict[str, Any], list[Finding]]:
    """Return parameters checked by type, with those of `extra`, and a warning for each that has no type."""
    valid, untyped = checked_with_untyped(spec, params)
    untyped += [f"extra.{name}" for name in valid.get("extra") or ()]
    return with_extra(spec, valid), [_not_typed(name) for name in untyped if name not in INLINE]


def warn(findings: Iterable[Finding]) -> None:
    """Add findings to those that `warnings` collects, if it does."""
    if (gathered := _collected.get()) is not None:
        gathered += findings


def _not_typed(field: str) -> Finding:
    """Return the warning about a parameter, or a value after "=", that this library does not know."""
    field, new, value = field.partition("=")
    known = "goes to Meta as it is" if field.startswith("extra.") else "is known to Meta's SDK only"
    message = f"{field} {known}: neither its value nor its effect on spend is checked"
    message = f"{value} is none of the values that are known for {field}" if new else message
    return Finding(field, "untyped", message, "Make sure of its value.", source="Meta's SDK", given=None)


def _without_duplicates(wrong: list[Violation], findings: list[Finding]) -> list[Finding]:
    """Return the findings that wrong types do not explain: of other fields, and about values that are there."""
    fields = {violation.field for violation in wrong}
    unclear = any(violation.given is not MISSING for violation in wrong)
    return [f for f in findings if f.field not in fields and not (unclear and f.given is MISSING)]


def with_rules(error: ParameterError, kind: Kind, params: Mapping[str, Any], *, update: bool) -> ParameterError:
    """Return an error about types together with what Meta's rules refuse in the same parameters."""
    params = params if update else with_defaults(kind, params)
    findings = _without_duplicates([*error.violations], check_rules(kind, params, Context(), update=update))
    return ParameterError([*error.violations, *(to_violation(each) for each in findings if each.severity == "error")])


def with_judged(
    error: ParameterError, params: Mapping[str, Any], judge: Callable[[dict[str, Any]], Iterable[Violation]]
) -> ParameterError:
    """Return an error about types together with what `judge` refuses in the parameters whose types are right.

    What a wrong or misspelt parameter explains is left out: that it is missing, or that one of two is.
    """
    wrong = {violation.field.partition(".")[0] for violation in error.violations}
    meant = {word for violation in error.violations for word in re.findall(r"\w+", violation.allowed)}
    try:
        found = [*judge({name: value for name, value in params.items() if name not in wrong})]
    except Exception:  # noqa: BLE001 - what cannot be judged yet is judged once the types are right
        return error

    def explained(found: Violation) -> bool:
        names = {found.field.partition(".")[0], *re.findall(r"\w+", found.allowed)}
        return bool(wrong & names) or (found.given is MISSING and found.field in meant)

    return ParameterError([*error.violations, *(each for each in found if not explained(each))])


def to_violation(finding: Finding) -> Violation:
    """Return a finding of a rule as a violation, with Meta's error codes."""
    codes = "/".join(str(code) for code in (finding.code, finding.subcode) if code)
    why = f"{finding.message}; Meta: {codes}" if codes else finding.message
    return Violation(finding.field, finding.given, f"{finding.fix.rstrip('.')} ({why})", finding.source)


SPECS: dict[Kind, Any] = {
    "campaign": CampaignCreate,
    "adset": AdSetCreate,
    "ad": AdCreate,
    "creative": AdCreativeCreate,
    "account": AdAccountUpdate,
}
KIND_BY_PARAMETERS: tuple[tuple[Kind, frozenset[str]], ...] = (
    ("campaign", frozenset({"objective", "special_ad_categories", "buying_type"})),
    ("adset", frozenset({"targeting", "optimization_goal", "billing_event", "campaign_id"})),
    ("ad", frozenset({"adset_id", "creative"})),
    ("creative", frozenset(AdCreativeCreate.__annotations__) - {"name"}),
    ("account", frozenset({"spend_cap_action"})),
)
"""Parameters that only one kind of object has. The first match decides."""


def with_defaults(kind: Kind, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters of a new object with the library's defaults. There is no default budget."""
    if kind in ("creative", "account"):
        return dict(params)
    defaults: dict[str, Any] = {"status": "PAUSED"}
    if kind == "campaign" and params.keys() & BUDGETS:
        defaults["bid_strategy"] = "LOWEST_COST_WITHOUT_CAP"
    elif kind == "campaign":
        defaults["is_adset_budget_sharing_enabled"] = False
    return {**defaults, **params}


def with_devices_as_chosen(params: dict[str, Any], context: Context, version: str) -> dict[str, Any]:
    """Return a new ad set's parameters with v27's device setting written out: people on the chosen devices only.

    Since v27, and in all versions from February 2027, Meta takes other mobile devices too unless the setting is 0.

    >>> params = {"targeting": {"user_os": ["iOS"]}}
    >>> sales = Context(campaign={"objective": "OUTCOME_SALES"})
    >>> with_devices_as_chosen(params, sales, "v27.0")["targeting"]["targeting_automation"]
    {'individual_setting': {'device': 0}}
    >>> with_devices_as_chosen(params, sales, "v26.0") == params
    True
    """
    targeting = mapping(params.get("targeting"))
    late = context.now is not None and context.now.date() >= DEVICE_DEFAULT_EVERYWHERE
    sales = mapping(context.campaign).get("objective") == "OUTCOME_SALES"
    if not (sales and DEVICES & targeting.keys() and (late or float(version[1:]) >= 27)):
        return params
    automation: Mapping[str, Any] = mapping(targeting.get("targeting_automation"))
    settings = {"device": 0, **mapping(automation.get("individual_setting"))}
    automation = {**automation, "individual_setting": settings}
    return {**params, "targeting": {**targeting, "targeting_automation": automation}}


DEVICES = frozenset({"user_os", "user_device", "excluded_user_device"})
"""Keys of targeting that choose devices or systems."""
DEVICE_DEFAULT_EVERYWHERE = date(2027, 2, 1)
"""When v27's device default comes to all versions, by Meta's announcement. `docs/meta-rules.md#changes-by-version`."""


def validate(params: Mapping[str, Any], kind: Kind | None, context: Context) -> list[Finding]:
    """Return everything that is wrong with a new object or a campaign tree, by type and by rule."""
    if kind is None and Tree.__annotations__.keys() & params.keys():
        return _validate_tree(params, context)
    fitting: Kind = next((each for each, own in KIND_BY_PARAMETERS if own & params.keys()), "campaign")
    guessed = kind or fitting
    sent = with_defaults(guessed, params)
    try:
        return check_rules(guessed, checked(SPECS[guessed], sent), context)
    except ParameterError as error:
        wrong = [*error.violations]
    return [*map(_of_type, wrong), *_without_duplicates(wrong, check_rules(guessed, sent, context))]


def _validate_tree(params: Mapping[str, Any], context: Context) -> list[Finding]:
    """Return what is wrong with a campaign tree. For nodes with wrong types, missing values are not reported."""
    campaign = params.get("campaign")
    filled = {"campaign": with_defaults("campaign", campaign)} if isinstance(campaign, Mapping) else {}
    sent = {**params, **filled}
    try:
        return check_tree(checked(Tree, sent), context)
    except ParameterError as error:
        wrong = [*error.violations]
    by_node: dict[str, list[Violation]] = defaultdict(list)
    for violation in wrong:
        by_node[_node(violation.field)].append(violation)
    found = [f for f in check_tree(sent, context) if _without_duplicates(by_node[_node(f.field)], [f])]
    return [*map(_of_type, wrong), *found]


def _node(field: str) -> str:
    """Return the path of the node that a field of a tree belongs to."""
    found = re.match(r"(?:campaign|adsets\.\d+(?:\.ads\.\d+(?:\.creative)?)?)\b", field)
    return found[0] if found else ""


def _of_type(wrong: Violation) -> Finding:
    allowed = f"allowed: {wrong.allowed}"
    return Finding(wrong.field, "type", allowed, wrong.allowed, None, None, "Meta's SDK", "error", wrong.given)


def known_context(transport: Transport, account: str | None) -> Context:
    """Return what the library knows about an ad account without a request."""
    return _of(transport, transport.cache.known_account_facts(account) if account else None, None)


def _context(transport: Transport, kind: Kind, params: Mapping[str, Any], node_id: str, *, update: bool) -> Context:
    """Return what the rules need to know. Only a new object may cost requests; an update costs none."""
    has_amounts = kind == "campaign" and bool(params.keys() & names(CampaignCreate, money=True))
    asks = not update and (kind == "adset" or has_amounts)
    books = transport.account_facts(node_id) if asks else transport.cache.known_account_facts(node_id)
    campaign = params.get("campaign_spec") if kind == "adset" else None
    if kind == "adset" and not update and str(params.get("campaign_id")).isdecimal():
        campaign = transport.cache.campaign(params["campaign_id"])
    elif kind == "campaign" and update:
        campaign = transport.cache.known_campaign(node_id)
    return _of(transport, books, campaign)


def _of(transport: Transport, books: AccountFacts | None, campaign: Mapping[str, Any] | None) -> Context:
    now, dsa = transport.cache.now(), ("default_dsa_beneficiary", "default_dsa_payor")
    if books is None:
        return Context(campaign=campaign, now=now)
    return Context(
        currency=books.currency,
        min_daily_budget=books.min_daily_budget,
        min_campaign_spend_cap=books.min_campaign_group_spend_cap,
        campaign=campaign,
        now=now,
        dsa_defaults=frozenset(name for name in dsa if getattr(books, name)),
    )
