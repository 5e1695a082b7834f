"""Custom conversions. https://developers.facebook.com/docs/marketing-api/reference/custom-conversion"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal, Required

from pydantic import BeforeValidator, Field, PlainValidator, WithJsonSchema, with_config
from typing_extensions import TypedDict

from admonster_fb.models._node import Map, Node, ScheduleTime, Time
from admonster_fb.models._params import STRICT, to_params

CustomEventType = Literal[
    "ADD_PAYMENT_INFO", "ADD_TO_CART", "ADD_TO_WISHLIST", "COMPLETE_REGISTRATION", "CONTACT", "CONTENT_VIEW",
    "CUSTOMIZE_PRODUCT", "DONATE", "FACEBOOK_SELECTED", "FIND_LOCATION", "INITIATED_CHECKOUT", "LEAD",
    "LISTING_INTERACTION", "OTHER", "PURCHASE", "SCHEDULE", "SEARCH", "START_TRIAL", "SUBMIT_APPLICATION", "SUBSCRIBE",
]  # fmt: skip
ActionSourceType = Literal[
    "app", "business_messaging", "chat", "email", "other", "phone_call", "physical_store", "system_generated", "website"
]


def _read_rule(value: Any) -> Any:
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _rule(value: object) -> dict[str, Any]:
    """Return a rule as an object: `and` or `or` over conditions."""
    told = _read_rule(to_params(value))
    if not isinstance(told, dict) or not told or not {"and", "or"} & told.keys():
        raise ValueError('conditions under "and" or "or": {"and": [{"url": {"i_contains": "thankyou"}}]}')
    return told


def _value(value: object) -> str:
    """Return an amount without a currency, as text: Meta counts it in the account's."""
    ok = isinstance(value, (int, str, Decimal)) and not isinstance(value, bool)
    try:
        amount = Decimal(str(value)) if ok else Decimal("NaN")
    except ArithmeticError:
        amount = Decimal("NaN")
    if not amount.is_finite() or amount < 0:
        raise ValueError('a number from 0 on in the account\'s currency, as text, int or Decimal: "12.50"')
    return format(amount, "f")


MajorAmount = Annotated[
    int | str | Decimal,
    PlainValidator(_value),
    WithJsonSchema(
        {
            "anyOf": [{"type": "string"}, {"type": "integer"}],
            "description": 'in major units of the account\'s currency: "12.50"',
        }
    ),
]


class CustomConversion(Node):
    """A conversion of one's own: an event, narrowed by URL or by its data."""

    EXPANDED: ClassVar = {"pixel": "pixel{id,name}"}

    id: str = ""
    account_id: str | None = None
    name: str | None = None
    description: str | None = None
    custom_event_type: str | None = None
    rule: Annotated[Any, BeforeValidator(_read_rule)] = None
    default_conversion_value: Decimal | None = None
    pixel: Map | None = None
    data_sources: list[Map] | None = None
    event_source_type: str | None = None
    retention_days: int | None = None
    is_archived: bool | None = None
    is_unavailable: bool | None = None
    creation_time: Time | None = None
    first_fired_time: ScheduleTime | None = None
    last_fired_time: ScheduleTime | None = None


class _Params(TypedDict, total=False):
    description: str
    default_conversion_value: MajorAmount


@with_config(STRICT)
class CustomConversionCreate(_Params, total=False):
    """Parameters of a new custom conversion. Meta: ad-account/customconversions, Creating."""

    name: Required[str]
    event_source_id: Annotated[str, Field(description="the pixel")]
    rule: Annotated[
        dict[str, Any] | str,
        PlainValidator(_rule),
        WithJsonSchema({"type": "object", "examples": [{"and": [{"url": {"i_contains": "thankyou"}}]}]}),
    ]
    custom_event_type: Annotated[CustomEventType, Field(description="the standard event it counts as")]
    action_source_type: ActionSourceType
    advanced_rule: str


@with_config(STRICT)
class CustomConversionUpdate(_Params, total=False):
    """Changes of a custom conversion; its rule cannot change. Meta: custom-conversion, Updating."""

    name: str
