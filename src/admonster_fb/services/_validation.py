"""Parameters made ready to be sent: right types, within the offline rules, amounts in the account's minor units."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from admonster_fb.errors import MISSING, ParameterError, Violation
from admonster_fb.models._facts import names
from admonster_fb.models._params import checked
from admonster_fb.models.ad import AdCreate
from admonster_fb.models.adaccount import AdAccountUpdate
from admonster_fb.models.adcreative import AdCreativeCreate
from admonster_fb.models.adset import AdSetCreate
from admonster_fb.models.campaign import BUDGETS, CampaignCreate
from admonster_fb.models.campaign_tree import Tree
from admonster_fb.rules import Context, Finding, Kind, check_tree
from admonster_fb.rules import check as findings_of
from admonster_fb.transport.account_cache import AccountFacts
from admonster_fb.transport.transport import Transport

_gathered: ContextVar[list[Finding] | None] = ContextVar("gathered", default=None)
DSA = ("default_dsa_beneficiary", "default_dsa_payor")


@contextmanager
def warnings() -> Iterator[list[Finding]]:
    """Gather what the rules warn of within the block.

    >>> with warnings() as found:
    ...     _ = fb.adsets.update(adset_id, name="US")
    >>> found
    []
    """
    found: list[Finding] = []
    token = _gathered.set(found)
    try:
        yield found
    finally:
        _gathered.reset(token)


def ready(
    transport: Transport, kind: Kind, spec: Any, params: Mapping[str, Any], node_id: str, *, update: bool = False
) -> dict[str, Any]:
    """Return parameters ready to be sent. Raises `ParameterError` with every violation, of types and rules alike.

    A new ad set is judged with its campaign, which is read first unless it was within the last minute.

    >>> ready(fb._transport, "account", AdAccountUpdate, {"spend_cap": "20.00 USD"}, "act_1", update=True)
    {'spend_cap': 2000}
    """
    wrong: list[Violation] = []
    sendable = dict(params) if update else as_sent(kind, params)
    context = Context()
    try:
        sendable = checked(spec, sendable)
        sendable = transport.in_minor_units(sendable, node_id)
        context = _context(transport, kind, sendable, node_id, update=update)
    except ParameterError as error:
        wrong += error.violations
    findings = _beside(wrong, findings_of(kind, sendable, context, update=update))
    wrong += [violation(each) for each in findings if each.severity == "error"]
    if wrong:
        raise ParameterError(wrong)
    if (gathered := _gathered.get()) is not None:
        gathered += findings
    return sendable


def _beside(wrong: list[Violation], findings: list[Finding]) -> list[Finding]:
    """Return what rules find beside wrong types: not the same again, and not that something is missing."""
    told = {violation.field for violation in wrong}
    return [each for each in findings if each.field not in told and not (wrong and each.given is MISSING)]


def violation(finding: Finding) -> Violation:
    """Return what a rule found as a violation, with Meta's codes.

    >>> [violation(each).field for each in find({"objective": "LINK_CLICKS"}, "campaign", Context())]
    ['name', 'objective', 'special_ad_categories']
    """
    codes = "/".join(str(code) for code in (finding.code, finding.subcode) if code)
    why = f"{finding.message}; Meta: {codes}" if codes else finding.message
    return Violation(finding.field, finding.given, f"{finding.fix} ({why})")


SPECS: dict[Kind, Any] = {
    "campaign": CampaignCreate,
    "adset": AdSetCreate,
    "ad": AdCreate,
    "creative": AdCreativeCreate,
    "account": AdAccountUpdate,
}
TELLING: tuple[tuple[Kind, frozenset[str]], ...] = (
    ("campaign", frozenset({"objective", "special_ad_categories", "buying_type"})),
    ("adset", frozenset({"targeting", "optimization_goal", "billing_event", "campaign_id"})),
    ("ad", frozenset({"adset_id", "creative"})),
    ("creative", frozenset(AdCreativeCreate.__annotations__) - {"name"}),
    ("account", frozenset({"spend_cap_action"})),
)
"""Which parameters tell what they are for, the first that fits."""


def as_sent(kind: Kind, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters of a new object with what is said where the caller is silent; never a budget.

    >>> as_sent("campaign", {"name": "A"})
    {'status': 'PAUSED', 'is_adset_budget_sharing_enabled': False, 'name': 'A'}
    """
    if kind in ("creative", "account"):
        return dict(params)
    said: dict[str, Any] = {"status": "PAUSED"}
    if kind == "campaign" and params.keys() & BUDGETS:
        said["bid_strategy"] = "LOWEST_COST_WITHOUT_CAP"
    elif kind == "campaign":
        said["is_adset_budget_sharing_enabled"] = False
    return {**said, **params}


def find(params: Mapping[str, Any], kind: Kind | None, context: Context) -> list[Finding]:
    """Return all that is wrong with a new object or a tree, by type and by rule.

    >>> [each.rule for each in find({"spend_cap_action": "drop"}, None, Context())]
    ['type']
    """
    if kind is None and Tree.__annotations__.keys() & params.keys():
        return _find_in_tree(params, context)
    meant = kind or _meant(params)
    sent = as_sent(meant, params)
    try:
        return findings_of(meant, checked(SPECS[meant], sent), context)
    except ParameterError as error:
        wrong = [*error.violations]
    return [*map(_of_type, wrong), *_beside(wrong, findings_of(meant, sent, context))]


def _find_in_tree(params: Mapping[str, Any], context: Context) -> list[Finding]:
    """Return what is wrong with a tree; where a node has a wrong type, rules do not say what else that node misses."""
    campaign = params.get("campaign")
    filled = {"campaign": as_sent("campaign", campaign)} if isinstance(campaign, Mapping) else {}
    sent = {**params, **filled}
    try:
        return check_tree(checked(Tree, sent), context)
    except ParameterError as error:
        wrong = [*error.violations]
    by_node: dict[str, list[Violation]] = defaultdict(list)
    for each in wrong:
        by_node[_node(each.field)].append(each)
    found = [each for each in check_tree(sent, context) if _beside(by_node[_node(each.field)], [each])]
    return [*map(_of_type, wrong), *found]


def _node(field: str) -> str:
    """Return the place of the node that a field of a tree is in."""
    found = _NODE.match(field)
    return found[0] if found else ""


_NODE = re.compile(r"(?:campaign|adsets\.\d+(?:\.ads\.\d+(?:\.creative)?)?)\b")


def _meant(params: Mapping[str, Any]) -> Kind:
    return next((kind for kind, names in TELLING if names & params.keys()), "campaign")


def _of_type(wrong: Violation) -> Finding:
    allowed = f"allowed: {wrong.allowed}"
    return Finding(wrong.field, "type", allowed, wrong.allowed, None, None, "Meta's SDK", "error", wrong.given)


def known_context(transport: Transport, account: str | None) -> Context:
    """Return what is known of an account without asking.

    >>> known_context(fb._transport, "act_1").currency
    'USD'
    """
    return _of(transport, transport.cache.known_account_facts(account) if account else None, None)


def _context(transport: Transport, kind: Kind, params: Mapping[str, Any], node_id: str, *, update: bool) -> Context:
    """Return what is known around the parameters: a change asks nothing, a new object what its rules need."""
    has_amounts = kind == "campaign" and bool(params.keys() & names(CampaignCreate, money=True))
    asks = not update and (kind == "adset" or has_amounts)
    books = transport.account_facts(node_id) if asks else transport.cache.known_account_facts(node_id)
    campaign = None
    if kind == "adset" and not update and params["campaign_id"].isdecimal():
        campaign = transport.cache.campaign(params["campaign_id"])
    elif kind == "campaign" and update:
        campaign = transport.cache.known_campaign(node_id)
    return _of(transport, books, campaign)


def _of(transport: Transport, books: AccountFacts | None, campaign: Mapping[str, Any] | None) -> Context:
    now = transport.cache.now()
    if books is None:
        return Context(campaign=campaign, now=now)
    return Context(
        currency=books.currency,
        min_daily_budget=books.min_daily_budget,
        min_campaign_spend_cap=books.min_campaign_group_spend_cap,
        campaign=campaign,
        now=now,
        dsa_defaults=frozenset(name for name in DSA if getattr(books, name)),
    )
