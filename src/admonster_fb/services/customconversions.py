"""Custom conversions. https://developers.facebook.com/docs/marketing-api/reference/custom-conversion"""

from __future__ import annotations

import builtins
from collections.abc import Sequence

from facebook_business.adobjects import adaccount
from facebook_business.adobjects import customconversion as sdk
from typing_extensions import Unpack

from admonster_fb.errors import MISSING, ParameterError, Violation
from admonster_fb.models._params import checked
from admonster_fb.models.common import EdgeList
from admonster_fb.models.customconversion import CustomConversion, CustomConversionCreate, CustomConversionUpdate
from admonster_fb.operation import no_op, op
from admonster_fb.services._base import Service, account_id, node_id
from admonster_fb.transport.paging import Edge

_ID = {"id": "conversion_id", "custom_conversion_id": "conversion_id"}


class CustomConversions(Service):
    """The edge `customconversions` of an ad account and its nodes: events narrowed to what counts."""

    @op("get_custom_conversion", group="pixel", access="read", aliases=_ID)
    def get(self, conversion_id: str, *, fields: Sequence[str] = CustomConversion.fields()) -> CustomConversion:
        """Read a custom conversion, and when it was last met.

        >>> fb.customconversions.get(conversion_id).name
        'Thank-you page'
        """
        node = self._sdk(sdk.CustomConversion, node_id(conversion_id, "conversion_id"))
        return self._transport.node(self._call(node.api_get, fields=fields), CustomConversion)

    @no_op("list_custom_conversions shows page by page what `iter` gives")
    def list(
        self, ad_account_id: str, *, fields: Sequence[str] = CustomConversion.fields(), **params: Unpack[EdgeList]
    ) -> builtins.list[CustomConversion]:
        """Read all custom conversions of an account, to the last page.

        >>> [conversion.name for conversion in fb.customconversions.list("act_1")]
        ['Thank-you page']
        """
        return [*self.iter(ad_account_id, fields=fields, **params)]

    @op("list_custom_conversions", group="pixel", access="read", then=("get_custom_conversion",))
    def iter(
        self, ad_account_id: str, *, fields: Sequence[str] = CustomConversion.fields(), **params: Unpack[EdgeList]
    ) -> Edge[CustomConversion]:
        """Read the custom conversions of an account, page by page as they are wanted.

        >>> next(iter(fb.customconversions.iter("act_1"))).custom_event_type
        'PURCHASE'
        """
        account = self._sdk(adaccount.AdAccount, account_id(ad_account_id))
        call = self._call(account.get_custom_conversions, checked(EdgeList, params), fields)
        return self._transport.edge(call, CustomConversion)

    @op(
        "create_custom_conversion",
        group="pixel",
        access="write",
        effect="create",
        changes="customconversions",
        past="created",
        cost="nothing; an ad account has 100 at most",
        aliases={"pixel_id": "event_source_id"},
        then=("get_custom_conversion", "create_adset"),
    )
    def create(
        self,
        ad_account_id: str,
        *,
        fields: Sequence[str] = CustomConversion.fields(),
        **params: Unpack[CustomConversionCreate],
    ) -> CustomConversion:
        """Create a custom conversion: an event of a pixel that counts only where its rule holds.

        `default_conversion_value` is what one is worth where the event does not say: major units, unlike budgets.
        Meta: custom-conversion, Creating.

        >>> fb.customconversions.create("act_1", name="Basket", event_source_id=pixel_id,
        ...     custom_event_type="ADD_TO_CART", rule={"and": [{"url": {"i_contains": "basket"}}]}).name
        'Basket'
        """
        said = checked(CustomConversionCreate, params)
        needed = () if "advanced_rule" in said else ("rule", "event_source_id")
        if wrong := [Violation(name, MISSING, "required") for name in needed if name not in said]:
            raise ParameterError(wrong)
        account = self._sdk(adaccount.AdAccount, account_id(ad_account_id))
        return self._transport.create(self._call(account.create_custom_conversion, said, fields), CustomConversion)

    @op(
        "update_custom_conversion",
        group="pixel",
        access="write",
        effect="update",
        changes="customconversions",
        past="updated",
        cost="another value changes what ad sets that optimise for it learn",
        aliases=_ID,
        then=("get_custom_conversion",),
    )
    def update(self, conversion_id: str, **params: Unpack[CustomConversionUpdate]) -> None:
        """Change a custom conversion: its name, description or value. For another rule make another one.

        >>> fb.customconversions.update(conversion_id, description="After checkout")
        """
        node = self._sdk(sdk.CustomConversion, node_id(conversion_id, "conversion_id"))
        self._transport.change(self._call(node.api_update, checked(CustomConversionUpdate, params)))

    @op(
        "delete_custom_conversion",
        group="pixel",
        access="destroy",
        effect="remove",
        changes="customconversions",
        past="deleted",
        cost="no longer counted; ad sets that optimise for it lose their goal",
        aliases=_ID,
    )
    def delete(self, conversion_id: str) -> None:
        """Delete a custom conversion, for good; the pixel's events stay.

        >>> fb.customconversions.delete(conversion_id)
        """
        node = self._sdk(sdk.CustomConversion, node_id(conversion_id, "conversion_id"))
        self._transport.change(self._call(node.api_delete))
