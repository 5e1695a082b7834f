"""Custom conversions. https://developers.facebook.com/docs/marketing-api/reference/custom-conversion"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal, Required

from pydantic import BeforeValidator, PlainValidator, WithJsonSchema

from admonster_fb.models._node import AccountNode, Map, ScheduleTime, Time
from admonster_fb.models._params import Extra, Id, Open, Params, to_params
from admonster_fb.redaction import read_json

CustomEventType = Literal[
    "ADD_PAYMENT_INFO", "ADD_TO_CART", "ADD_TO_WISHLIST", "COMPLETE_REGISTRATION", "CONTACT", "CONTENT_VIEW",
    "CUSTOMIZE_PRODUCT", "DONATE", "FACEBOOK_SELECTED", "FIND_LOCATION", "INITIATED_CHECKOUT", "LEAD",
    "LISTING_INTERACTION", "OTHER", "PURCHASE", "SCHEDULE", "SEARCH", "START_TRIAL", "SUBMIT_APPLICATION", "SUBSCRIBE",
]  # fmt: skip
ActionSourceType = Literal[
    "app", "business_messaging", "chat", "email", "other", "phone_call", "physical_store", "system_generated", "website"
]


def _rule(value: object) -> dict[str, Any]:
    """Return a rule as an object: conditions under `and` or `or`, or one alone, as in the examples of Meta's SDK."""
    rule = read_json(to_params(value))
    if isinstance(rule, dict) and rule:
        alone = len(rule) == 1 and all(isinstance(each, dict) and each for each in rule.values())
        if alone or {"and", "or"} & rule.keys():
            return rule
    raise ValueError('conditions under "and" or "or": {"and": [{"url": {"i_contains": "thankyou"}}]}')


def from_zero_on(value: object) -> Decimal | None:
    """Return a number from 0 on, exactly as it is written; `None` for anything else."""
    if not isinstance(value, (int, float, str, Decimal)) or isinstance(value, bool):
        return None
    try:
        number = Decimal(str(value))  # JSON numbers arrive as floats, whose text has their digits
    except (ArithmeticError, ValueError):
        return None
    return number if number.is_finite() and number >= 0 else None


def _value(value: object) -> str:
    """Return an amount without currency as text; it is in the account's currency."""
    if (amount := from_zero_on(value)) is None:
        raise ValueError('a number from 0 on in the account\'s currency, as text or number: "12.50"')
    return format(amount, "f")


MajorAmount = Annotated[
    int | float | str | Decimal,
    PlainValidator(_value),
    WithJsonSchema(
        {
            "anyOf": [{"type": "string"}, {"type": "integer"}],
            "description": 'In major units of the account\'s currency: "12.50".',
        }
    ),
]


class CustomConversion(AccountNode):
    """A custom conversion: an event, narrowed by URL or by its data.

    >>> CustomConversion.from_api({"id": "5", "rule": '{"and": [{"url": {"i_contains": "thanks"}}]}'}).rule
    {'and': [{'url': {'i_contains': 'thanks'}}]}
    """

    EXPANDED: ClassVar = {"pixel": "pixel{id,name}"}

    name: str | None = None
    """Name of the custom conversion."""
    description: str | None = None
    """Description of the custom conversion."""
    custom_event_type: str | None = None
    """Standard event that it counts as, such as PURCHASE."""
    rule: Annotated[Any, BeforeValidator(read_json)] = None
    """Conditions that an event meets, as an object; Meta returns JSON text."""
    default_conversion_value: Decimal | None = None
    """Value of a conversion that reports none, in major units of the account's currency."""
    pixel: Map | None = None
    """Pixel of the events: `id` and `name`."""
    data_sources: list[Map] | None = None
    """Sources of the events, each with `id`, `source_type` and `name`."""
    event_source_type: str | None = None
    """Kind of source, such as pixel."""
    retention_days: int | None = None
    """Days that events are kept."""
    is_archived: bool | None = None
    """Whether the custom conversion is archived."""
    is_unavailable: bool | None = None
    """Whether the custom conversion can no longer be used."""
    creation_time: Time | None = None
    """Time of creation."""
    first_fired_time: ScheduleTime | None = None
    """Time of the first event; `None` if there was none."""
    last_fired_time: ScheduleTime | None = None
    """Time of the last event; `None` if there was none."""


class _Params(Params, total=False):
    description: str
    """Description of the custom conversion."""
    default_conversion_value: MajorAmount
    """Value of a conversion that reports none, in major units of the account's currency: "12.50"."""


class CustomConversionCreate(_Params, total=False):
    """Parameters of a new custom conversion. Meta: ad-account/customconversions, Creating.

    >>> params: CustomConversionCreate = {"name": "Thanks", "event_source_id": "8",
    ...     "rule": {"and": [{"url": {"i_contains": "thanks"}}]}}
    """

    name: Required[str]
    """Name of the custom conversion."""
    event_source_id: Id
    """ID of the pixel."""
    rule: Annotated[
        dict[str, Any] | str,
        PlainValidator(_rule),
        WithJsonSchema({"type": "object", "examples": [{"and": [{"url": {"i_contains": "thankyou"}}]}]}),
    ]
    """Conditions under "and" or "or": {"and": [{"url": {"i_contains": "thankyou"}}]}."""
    custom_event_type: Annotated[CustomEventType, Open()]
    """Standard event that it counts as."""
    action_source_type: Annotated[ActionSourceType, Open()]
    """Where the conversions happen."""
    advanced_rule: str
    """Rule over several events, as JSON text."""
    extra: Extra


class CustomConversionUpdate(_Params, total=False):
    """Parameters of a change of a custom conversion; its rule cannot change. Meta: custom-conversion, Updating.

    >>> params: CustomConversionUpdate = {"name": "Thank-you page"}
    """

    name: str
    """Name of the custom conversion."""
    extra: Extra
