"""Events that a server tells Meta of: the Conversions API. Meta: conversions-api/parameters."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, Any, Literal, Required

from pydantic import ConfigDict, Field, PlainValidator, WithJsonSchema, with_config
from typing_extensions import TypedDict

from admonster_fb.models._params import ANY_OBJECT, STRICT
from admonster_fb.models.budgetschedule import UnixTime
from admonster_fb.models.customconversion import ActionSourceType
from admonster_fb.money import Money, MoneyError

OPEN = ConfigDict(extra="allow", strict=True)
"""Values of one's own go beside Meta's."""


def _amount(value: object) -> Decimal | Money:
    """Return what an event is worth: a number in major units, as Meta has it here, or money with its currency."""
    if isinstance(value, Money):
        return value
    if isinstance(value, str) and " " in value.strip():
        try:
            return Money(value)
        except MoneyError as error:
            raise ValueError(str(error).partition(": ")[2]) from None
    try:
        number = None if isinstance(value, bool) else _number(value)
    except ArithmeticError:
        number = None
    if number is None or not number.is_finite() or number < 0:
        raise ValueError('a number from 0 on in major units (12.50), or with its currency ("12.50 USD")')
    return number


def _number(value: object) -> Decimal | None:
    """Return a number to its last digit; that of JSON comes as a float, whose digits say what was written."""
    if isinstance(value, float):
        return Decimal(repr(value)) if math.isfinite(value) else None
    return Decimal(value) if isinstance(value, (int, str, Decimal)) else None


EventValue = Annotated[
    Decimal | int | float | str | Money,
    PlainValidator(_amount),
    WithJsonSchema(
        {
            "anyOf": [{"type": "number"}, {"type": "string"}],
            "description": 'major units: 12.50; or with its currency: "12.50 USD"',
        }
    ),
]
"""What an event is worth. In major units, unlike budgets: that is how Meta counts it here."""

Currency = Annotated[str, Field(description="ISO 4217: USD", pattern=r"^[A-Za-z]{3}$")]


@with_config(OPEN)
class EventContent(TypedDict, total=False):
    """One thing that was bought or looked at."""

    id: str
    quantity: int
    item_price: EventValue
    title: str
    brand: str
    category: str
    delivery_category: str


@with_config(OPEN)
class EventData(TypedDict, total=False):
    """What the event was about; properties of one's own go beside. Meta: parameters/custom-data."""

    value: EventValue
    currency: Currency
    content_ids: list[str]
    content_name: str
    content_category: str
    content_type: str
    contents: list[EventContent]
    order_id: str
    num_items: int
    search_string: str
    status: str
    delivery_category: Literal["in_store", "curbside", "home_delivery"]
    predicted_ltv: EventValue
    net_revenue: EventValue


@with_config(OPEN)
class EventApp(TypedDict, total=False):
    """The app and the device an app event comes from. Meta: parameters/app-data."""

    advertiser_tracking_enabled: Annotated[bool, Field(description="App Tracking Transparency of iOS 14.5 and later")]
    application_tracking_enabled: bool
    extinfo: Annotated[list[Any], Field(description="16 values in Meta's order: i2 or a2 first, the OS version fifth")]
    campaign_ids: str
    install_referrer: str
    installer_package: str
    url_schemes: list[str]
    vendor_id: str
    windows_attribution_id: str


@with_config(OPEN)
class OriginalEvent(TypedDict, total=False):
    """The earlier event that one reported late belongs to."""

    event_name: str
    event_time: UnixTime
    order_id: str
    event_id: str


@with_config(STRICT)
class ServerEvent(TypedDict, total=False):
    """One event. Meta: conversions-api/parameters/server-event."""

    event_name: Required[Annotated[str, Field(description="Purchase, Lead, … or one of your own", min_length=1)]]
    event_time: Required[Annotated[UnixTime, Field(description="when it happened, in seconds: at most 7 days ago")]]
    action_source: Required[ActionSourceType]
    user_data: Required[
        Annotated[
            ANY_OBJECT, Field(description="who: em, ph, fn, ln, … in plain text or hashed; client_user_agent, fbp")
        ]
    ]
    event_source_url: Annotated[str, Field(description="needed for website", pattern=r"^https?://")]
    event_id: Annotated[str, Field(description="the eventID of the same event in the pixel", min_length=1)]
    custom_data: EventData
    app_data: EventApp
    data_processing_options: list[Literal["LDU"]]
    data_processing_options_country: int
    data_processing_options_state: int
    opt_out: Annotated[bool, Field(description="count it, but do not learn from it")]
    referrer_url: str
    customer_segmentation: str
    messaging_channel: str
    original_event_data: OriginalEvent
    attribution_data: ANY_OBJECT


@dataclass(frozen=True, slots=True)
class EventsBatch:
    """What Meta answered to one request: `first` is the number of its first event, counted from 0."""

    first: int
    count: int
    events_received: int
    fbtrace_id: str | None
    messages: list[str] = field(default_factory=list)


@dataclass(slots=True)
class LeftOut:
    """A kind of value that could not be used: its key, why, how often, and in which events (the first 100)."""

    key: str
    reason: str
    count: int = 0
    events: list[int] = field(default_factory=list)


@dataclass(slots=True)
class EventsSent:
    """What became of events. Nothing of a customer is in it.

    `named` counts the events that came without `event_id` and were given one.
    """

    pixel_id: str
    batches: list[EventsBatch] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    named: int = 0

    @property
    def count(self) -> int:
        """How many events were sent."""
        return sum(batch.count for batch in self.batches)

    @property
    def received(self) -> int:
        """How many of them Meta says it received."""
        return sum(batch.events_received for batch in self.batches)
