"""Ad rules. https://developers.facebook.com/docs/marketing-api/reference/ad-rule"""

from __future__ import annotations

import builtins
from collections.abc import Mapping, Sequence
from typing import Any

from facebook_business.adobjects import adaccount
from facebook_business.adobjects import adrule as sdk
from typing_extensions import Unpack

from admonster_fb.errors import MISSING, ParameterError, Violation
from admonster_fb.models._params import checked
from admonster_fb.models.adrule import (
    AdRule,
    AdRuleCreate,
    AdRuleHistory,
    AdRuleHistoryList,
    AdRuleUpdate,
)
from admonster_fb.models.common import EdgeList
from admonster_fb.operation import no_op, op
from admonster_fb.rules import ad_rules as adrules
from admonster_fb.rules.ad_rule_money import in_money
from admonster_fb.services._base import Service, account_id, node_id
from admonster_fb.transport.paging import Edge


class AdRules(Service):
    """The edge `adrules_library` of an ad account and its nodes: what Meta does by itself, without the bot."""

    @op(
        "get_ad_rule",
        group="automation",
        access="read",
        aliases={"ad_rule_id": "rule_id"},
        then=("get_ad_rule_history",),
    )
    def get(self, rule_id: str, *, fields: Sequence[str] = AdRule.fields()) -> AdRule:
        """Read an ad rule; its amounts are in minor units.

        >>> fb.adrules.get(rule_id).execution_spec
        {'execution_type': 'PAUSE'}
        """
        node = self._sdk(sdk.AdRule, node_id(rule_id, "rule_id"))
        return self._transport.node(self._call(node.api_get, fields=fields), AdRule)

    @no_op("list_ad_rules shows page by page what `iter` gives")
    def list(
        self, ad_account_id: str, *, fields: Sequence[str] = AdRule.fields(), **params: Unpack[EdgeList]
    ) -> builtins.list[AdRule]:
        """Read all ad rules of an account, to the last page.

        >>> [rule.name for rule in fb.adrules.list("act_1")]
        ['Stop weak ads']
        """
        return [*self.iter(ad_account_id, fields=fields, **params)]

    @op("list_ad_rules", group="automation", access="read", then=("get_ad_rule", "get_ad_rule_history"))
    def iter(
        self, ad_account_id: str, *, fields: Sequence[str] = AdRule.fields(), **params: Unpack[EdgeList]
    ) -> Edge[AdRule]:
        """Read the ad rules of an account, page by page as they are wanted.

        >>> next(iter(fb.adrules.iter("act_1"))).status
        'ENABLED'
        """
        account = self._sdk(adaccount.AdAccount, account_id(ad_account_id))
        call = self._call(account.get_ad_rules_library, checked(EdgeList, params), fields)
        return self._transport.edge(call, AdRule)

    @op(
        "create_ad_rule",
        group="automation",
        access="write",
        effect="create",
        changes="adrules_library",
        past="created",
        cost="nothing while DISABLED; once ENABLED it may unpause, or raise budgets up to its limit",
        then=("get_ad_rule", "execute_ad_rule"),
    )
    def create(
        self, ad_account_id: str, *, fields: Sequence[str] = AdRule.fields(), **params: Unpack[AdRuleCreate]
    ) -> AdRule:
        """Create an ad rule, which Meta carries out by itself.

        NOTIFICATION, PAUSE and cuts start ENABLED; what can spend starts DISABLED unless `status` says otherwise, and
        what raises a budget or bid needs a `limit` in its change_spec. Amounts (`spent`, `cost_per…`, `cpc`, `cpm`,
        budgets; `amount` in ACCOUNT_CURRENCY and `limit`) are minor units or "10.00 USD". Meta: ad-rules.

        >>> fb.adrules.create("act_1", name="Stop dear clicks", schedule_spec={"schedule_type": "HOURLY"},
        ...     evaluation_spec={"evaluation_type": "SCHEDULE", "filters": [
        ...         {"field": "entity_type", "operator": "EQUAL", "value": "CAMPAIGN"},
        ...         {"field": "time_preset", "operator": "EQUAL", "value": "LAST_7D"},
        ...         {"field": "cpc", "operator": "GREATER_THAN", "value": "2.00 USD"}]},
        ...     execution_spec={"execution_type": "PAUSE"}).evaluation_spec["filters"][-1]["value"]
        200
        """
        parent = account_id(ad_account_id)
        said = self._sendable(AdRuleCreate, params, parent)
        on = "DISABLED" if adrules.can_spend(said["execution_spec"]) else "ENABLED"
        account = self._sdk(adaccount.AdAccount, parent)
        call = self._call(account.create_ad_rules_library, {"status": on} | said, fields)
        return self._transport.create(call, AdRule)

    @op(
        "update_ad_rule",
        group="automation",
        access="write",
        effect="update",
        changes="adrules_library",
        past="updated",
        cost="status=ENABLED may let more be spent",
        aliases={"ad_rule_id": "rule_id"},
        then=("get_ad_rule",),
    )
    def update(self, rule_id: str, **params: Unpack[AdRuleUpdate]) -> None:
        """Change an ad rule. A spec replaces the old one as a whole: give all its filters.

        An `execution_spec` that can spend needs `status` beside it.

        >>> fb.adrules.update(rule_id, status="DISABLED")
        """
        said = self._sendable(AdRuleUpdate, params, node_id(rule_id, "rule_id"))
        if "status" not in said and adrules.can_spend(said.get("execution_spec", {"execution_type": "PAUSE"})):
            raise ParameterError([Violation("status", MISSING, "DISABLED or ENABLED: what it does now can spend")])
        self._transport.change(self._call(self._sdk(sdk.AdRule, rule_id).api_update, said))

    @op(
        "delete_ad_rule",
        group="automation",
        access="destroy",
        effect="remove",
        changes="adrules_library",
        past="deleted",
        cost="Meta no longer watches by it",
        aliases={"ad_rule_id": "rule_id"},
    )
    def delete(self, rule_id: str) -> None:
        """Delete an ad rule, for good; what it has done stays done.

        >>> fb.adrules.delete(rule_id)
        """
        self._transport.change(self._call(self._sdk(sdk.AdRule, node_id(rule_id, "rule_id")).api_delete))

    @op(
        "execute_ad_rule",
        group="automation",
        access="write",
        effect="update",
        changes="adrules_library",
        past="started",
        cumulative=True,
        cost="does at once what the rule does, to every object that matches: may pause, unpause, change budgets",
        aliases={"ad_rule_id": "rule_id"},
        then=("get_ad_rule_history",),
    )
    def execute(self, rule_id: str) -> None:
        """Run a SCHEDULE rule now, once; Meta does it a moment later, and its history tells what was done.

        Raises `OutcomeUnknown` if the answer was lost: it is not run a second time.

        >>> fb.adrules.execute(rule_id)
        """
        node = self._sdk(sdk.AdRule, node_id(rule_id, "rule_id"))
        self._transport.change(self._call(node.create_execute))

    @op("get_ad_rule_history", group="automation", access="read", aliases={"ad_rule_id": "rule_id"})
    def history(
        self, rule_id: str, *, fields: Sequence[str] = AdRuleHistory.fields(), **params: Unpack[AdRuleHistoryList]
    ) -> Edge[AdRuleHistory]:
        """Read what an ad rule has done, run by run, the newest first; `hide_no_changes` leaves out idle runs.

        >>> [*fb.adrules.history(rule_id)]
        []
        """
        node = self._sdk(sdk.AdRule, node_id(rule_id, "rule_id"))
        call = self._call(node.get_history, checked(AdRuleHistoryList, params), fields)
        return self._transport.edge(call, AdRuleHistory)

    def _sendable(self, spec: Any, params: Mapping[str, Any], owner: str) -> dict[str, Any]:
        """Return parameters by type and rule, amounts in minor units. Raises `ParameterError` with every violation."""
        wrong: builtins.list[Violation] = []
        said = in_money(checked(spec, params), wrong)
        wrong += adrules.violations(said)
        if wrong:
            raise ParameterError(wrong)
        return self._transport.in_minor_units(said, owner)
