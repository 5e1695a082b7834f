"""Custom conversions. https://developers.facebook.com/docs/marketing-api/reference/custom-conversion"""

from __future__ import annotations

from typing import Unpack

from facebook_business.adobjects import customconversion as sdk

from admonster_fb.models.common import EdgeList
from admonster_fb.models.customconversion import CustomConversion, CustomConversionCreate, CustomConversionUpdate
from admonster_fb.operation import costs, ops_of
from admonster_fb.rules import Finding
from admonster_fb.services._base import Edge, Fields, ListingService, checked
from admonster_fb.services._validation import warn

op = ops_of("pixel", "customconversions", aliases={"id": "conversion_id", "custom_conversion_id": "conversion_id"})


class CustomConversions(ListingService):
    """The edge `customconversions` of an ad account, and its nodes: events filtered by a rule."""

    @op("get_custom_conversion", access="read")
    def get(self, conversion_id: str, *, fields: Fields = None) -> CustomConversion:
        """Return a custom conversion. It has the time of its last event.

        >>> fb.customconversions.get(conversion_id).name
        'Thank-you page'
        """
        return self._get(self._node(sdk.CustomConversion, conversion_id, "conversion_id"), CustomConversion, fields)

    @op("list_custom_conversions", access="read", then=("get_custom_conversion",))
    def iter(self, ad_account_id: str, *, fields: Fields = None, **params: Unpack[EdgeList]) -> Edge[CustomConversion]:
        """List the custom conversions of an account. Page by page.

        >>> next(iter(fb.customconversions.iter("act_1"))).custom_event_type
        'PURCHASE'
        """
        account = self._account(ad_account_id)
        return self._edge(account.get_custom_conversions, CustomConversion, checked(EdgeList, params), fields)

    @op(
        "create_custom_conversion",
        effect="create",
        cost="nothing; an ad account has 100 at most",
        aliases={"pixel_id": "event_source_id"},
        then=("get_custom_conversion", "create_adset"),
    )
    def create(
        self, ad_account_id: str, *, fields: Fields = None, **params: Unpack[CustomConversionCreate]
    ) -> CustomConversion:
        """Create a custom conversion. It counts events of a pixel that match its rule.

        `default_conversion_value` is the value of an event that has none, in major units, unlike budgets. An ad account
        can have 100 custom conversions. Without `advanced_rule`, Meta's guide has both `rule` and `event_source_id`.

        >>> fb.customconversions.create("act_1", name="Basket", event_source_id=pixel_id,
        ...     custom_event_type="ADD_TO_CART", rule={"and": [{"url": {"i_contains": "basket"}}]}).name
        'Basket'
        """
        valid = self._checked(CustomConversionCreate, params)
        for name in () if "advanced_rule" in valid else ("rule", "event_source_id"):
            if name not in valid:  # Meta's page does not call it required, but its examples have it
                fix, source = f"Give {name}, or advanced_rule.", "Meta: Ad account, custom conversions"
                warn([Finding(name, "custom-conversion", f"{name} is missing", fix, 100, source=source)])
        return self._create(self._account(ad_account_id).create_custom_conversion, CustomConversion, valid, fields)

    @op("update_custom_conversion", effect="update", then=("get_custom_conversion",))
    @costs("another value changes what ad sets that optimise for it learn")
    def update(self, conversion_id: str, **params: Unpack[CustomConversionUpdate]) -> None:
        """Update a custom conversion. Its rule cannot change: create another one.

        >>> fb.customconversions.update(conversion_id, description="After checkout")
        """
        node = self._node(sdk.CustomConversion, conversion_id, "conversion_id")
        self._change(node.api_update, self._checked(CustomConversionUpdate, params))

    @op("delete_custom_conversion", effect="remove")
    @costs("no longer counted; ad sets that optimise for it lose their goal")
    def delete(self, conversion_id: str) -> None:
        """Delete a custom conversion. This is permanent; the pixel's events stay.

        >>> fb.customconversions.delete(conversion_id)
        """
        self._change(self._node(sdk.CustomConversion, conversion_id, "conversion_id").api_delete)
