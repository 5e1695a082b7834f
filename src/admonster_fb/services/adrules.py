"""Ad rules. https://developers.facebook.com/docs/marketing-api/reference/ad-rule"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Unpack

from facebook_business.adobjects import adrule as sdk

from admonster_fb.errors import MISSING, ParameterError, Violation
from admonster_fb.models.adrule import AdRule, AdRuleCreate, AdRuleHistory, AdRuleHistoryList, AdRuleUpdate
from admonster_fb.models.common import EdgeList
from admonster_fb.operation import costs, ops_of
from admonster_fb.rules import ad_rules
from admonster_fb.rules.ad_rules import in_money
from admonster_fb.services._base import Edge, Fields, ListingService, account_id, checked, node_id
from admonster_fb.services._validation import warn

op = ops_of("automation", "adrules_library", aliases={"ad_rule_id": "rule_id"})


def _refusals(params: Mapping[str, Any]) -> list[Violation]:
    wrong: list[Violation] = []
    valid = in_money(params, wrong)
    return [*wrong, *ad_rules.violations(valid)]


def _judge(_: Any, params: Mapping[str, Any]) -> list[Violation]:
    return _refusals(params)


class AdRules(ListingService):
    """The edge `adrules_library` of an ad account, and its nodes: automated rules that Meta runs."""

    @op("get_ad_rule", access="read", then=("get_ad_rule_history",))
    def get(self, rule_id: str, *, fields: Fields = None) -> AdRule:
        """Return an ad rule. Its amounts are in minor units.

        >>> fb.adrules.get(rule_id).execution_spec
        {'execution_type': 'PAUSE'}
        """
        return self._get(self._node(sdk.AdRule, rule_id, "rule_id"), AdRule, fields)

    @op("list_ad_rules", access="read", then=("get_ad_rule", "get_ad_rule_history"))
    def iter(self, ad_account_id: str, *, fields: Fields = None, **params: Unpack[EdgeList]) -> Edge[AdRule]:
        """List the ad rules of an ad account. Page by page.

        >>> next(iter(fb.adrules.iter("act_1"))).status
        'ENABLED'
        """
        return self._edge(self._account(ad_account_id).get_ad_rules_library, AdRule, checked(EdgeList, params), fields)

    @op("create_ad_rule", effect="create", then=("get_ad_rule", "execute_ad_rule"), judge=_judge)
    @costs("nothing while DISABLED; once ENABLED it may unpause, or raise budgets up to its limit")
    def create(self, ad_account_id: str, *, fields: Fields = None, **params: Unpack[AdRuleCreate]) -> AdRule:
        """Create an ad rule. Meta runs it on its schedule.

        Default `status`: DISABLED for rules that can raise spend, ENABLED for notifications, pauses and cuts. A rule
        that raises a budget or bid needs a `limit` in its `change_spec`. Amounts (`spent`, `cost_per…`, `cpc`, `cpm`,
        budgets; `amount` in ACCOUNT_CURRENCY and `limit`) are in minor units or text such as `"10.00 USD"`.
        Meta: ad-rules.

        >>> fb.adrules.create("act_1", name="Stop expensive clicks", schedule_spec={"schedule_type": "HOURLY"},
        ...     evaluation_spec={"evaluation_type": "SCHEDULE", "filters": [
        ...         {"field": "entity_type", "operator": "EQUAL", "value": "CAMPAIGN"},
        ...         {"field": "time_preset", "operator": "EQUAL", "value": "LAST_7D"},
        ...         {"field": "cpc", "operator": "GREATER_THAN", "value": "2.00 USD"}]},
        ...     execution_spec={"execution_type": "PAUSE"}).evaluation_spec["filters"][-1]["value"]
        200
        """
        valid = self._validated_rule(AdRuleCreate, params, account_id(ad_account_id))
        default = "DISABLED" if ad_rules.can_spend(valid["execution_spec"]) else "ENABLED"
        prepare = self._account(ad_account_id).create_ad_rules_library
        return self._create(prepare, AdRule, {"status": default} | valid, fields)

    @op("update_ad_rule", effect="update", then=("get_ad_rule",), judge=_judge)
    @costs("status=ENABLED may let more be spent")
    def update(self, rule_id: str, **params: Unpack[AdRuleUpdate]) -> None:
        """Update an ad rule. A new spec replaces the old one as a whole: pass all its filters.

        Raises `ParameterError` if a new `execution_spec` can raise spend and `status` is missing.

        >>> fb.adrules.update(rule_id, status="DISABLED")
        """
        changes = self._validated_rule(AdRuleUpdate, params, node_id(rule_id, "rule_id"))
        if "status" not in changes and ad_rules.can_spend(changes.get("execution_spec", {"execution_type": "PAUSE"})):
            raise ParameterError([Violation("status", MISSING, "DISABLED or ENABLED: the new action can raise spend")])
        self._change(self._sdk(sdk.AdRule, rule_id).api_update, changes)

    @op("delete_ad_rule", effect="remove", cost="Meta no longer watches by it")
    def delete(self, rule_id: str) -> None:
        """Delete an ad rule. Changes that it made stay.

        >>> fb.adrules.delete(rule_id)
        """
        self._change(self._node(sdk.AdRule, rule_id, "rule_id").api_delete)

    @op("execute_ad_rule", effect="update", past="started", then=("get_ad_rule_history",), cumulative=True)
    @costs("does at once what the rule does, to every object that matches: may pause, unpause, change budgets")
    def execute(self, rule_id: str) -> None:
        """Run a SCHEDULE rule once, now. Meta runs it a moment later; `history` shows the result.

        Raises `OutcomeUnknown` if the response is lost. The library never sends it a second time.

        >>> fb.adrules.execute(rule_id)
        """
        self._change(self._node(sdk.AdRule, rule_id, "rule_id").create_execute)

    @op("get_ad_rule_history", access="read")
    def history(
        self, rule_id: str, *, fields: Fields = None, **params: Unpack[AdRuleHistoryList]
    ) -> Edge[AdRuleHistory]:
        """List the runs of an ad rule and what each changed. Newest first.

        >>> [*fb.adrules.history(rule_id)]
        []
        """
        node = self._node(sdk.AdRule, rule_id, "rule_id")
        return self._edge(node.get_history, AdRuleHistory, checked(AdRuleHistoryList, params), fields)

    def _validated_rule(self, spec: Any, params: Mapping[str, Any], owner: str) -> dict[str, Any]:
        """Return parameters checked by type and rule, with amounts in minor units."""
        valid = in_money(self._checked(spec, params, _refusals), [])
        warn(ad_rules.doubts(valid))
        return self._transport.in_minor_units(valid, owner)
