"""Server events of the Conversions API. Meta: conversions-api/parameters."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, Any, Literal, Required

from pydantic import BeforeValidator, ConfigDict, Field, PlainValidator, WithJsonSchema, with_config
from typing_extensions import TypedDict

from admonster_fb.models._params import ANY_OBJECT, Extra, Open, Params
from admonster_fb.models.budgetschedule import UnixTime
from admonster_fb.models.customconversion import ActionSourceType, from_zero_on
from admonster_fb.money import Money, MoneyError

OPEN = ConfigDict(extra="allow", strict=True)
"""Your own properties may be passed together with Meta's."""


def _amount(value: object) -> Decimal | Money:
    """Return the value of an event: a number in major units, as Meta expects it here, or money with its currency."""
    if isinstance(value, Money):
        return value
    if isinstance(value, str) and " " in value.strip():
        try:
            return Money(value)
        except MoneyError as error:
            raise ValueError(str(error).partition(": ")[2]) from None
    if (number := from_zero_on(value)) is None:
        raise ValueError('a number from 0 on in major units (12.50), or with its currency ("12.50 USD")')
    return number


EventValue = Annotated[
    Decimal | int | float | str | Money,
    PlainValidator(_amount),
    WithJsonSchema(
        {
            "anyOf": [{"type": "number"}, {"type": "string"}],
            "description": 'Major units: 12.50, or with the currency: "12.50 USD".',
        }
    ),
]
"""Value of an event, in major units (budgets are in minor units)."""

ProductId = str | int
"""An id as text or as a number: it is sent as it is given."""
Flag = Annotated[bool | Literal[0, 1], Field(union_mode="smart")]
"""true or false, which app events also write as 1 and 0."""
Count = Annotated[
    int | Annotated[float, Field(ge=0, allow_inf_nan=False)],
    BeforeValidator(lambda value: int(value) if _DIGITS.fullmatch(str(value)) else value),
]
"""A number of items; shops' software writes it as text. What is sold by weight or length has a fraction."""
_DIGITS = re.compile("[0-9]{1,9}")
Currency = Annotated[str, Field(pattern=r"^[A-Za-z]{3}$")]


@with_config(OPEN)
class EventContent(TypedDict, total=False):
    """A product that was bought or viewed.

    >>> content: EventContent = {"id": "sku-1", "quantity": 2, "item_price": 12.50}
    """

    id: Required[ProductId]
    """ID of the product."""
    quantity: Count
    """Number of items."""
    item_price: EventValue
    """Price of one item, in major units: 12.50, or "12.50 USD"."""
    title: str
    """Name of the product."""
    brand: str
    """Brand of the product."""
    category: str
    """Category of the product."""
    delivery_category: str
    """How the product is delivered: in_store, curbside or home_delivery."""


@with_config(OPEN)
class EventData(TypedDict, total=False):
    """Details of an event; your own properties are allowed too. Meta: parameters/custom-data.

    >>> data: EventData = {"value": "25.00 USD", "order_id": "A-7"}
    """

    value: EventValue
    """Value of the event, in major units: 12.50, or "12.50 USD"."""
    currency: Currency
    """ISO code of the currency: USD."""
    content_ids: list[ProductId]
    """IDs of the products."""
    content_name: str
    """Name of the page or product."""
    content_category: str
    """Category of the page or product."""
    content_type: str
    """product or product_group: what `content_ids` are."""
    contents: list[EventContent]
    """The products."""
    order_id: ProductId
    """ID of the order."""
    num_items: Count
    """Number of items."""
    search_string: str
    """Text that was searched for."""
    status: str | bool
    """State of the event, such as the state of a registration."""
    delivery_category: Annotated[Literal["in_store", "curbside", "home_delivery"], Open()]
    """How the order is delivered."""
    predicted_ltv: EventValue
    """Predicted lifetime value of the customer, in major units."""
    net_revenue: EventValue
    """Net revenue of the event, in major units."""


@with_config(OPEN)
class EventApp(TypedDict, total=False):
    """The app and device of an app event. Meta: parameters/app-data.

    >>> app: EventApp = {"advertiser_tracking_enabled": True, "application_tracking_enabled": True}
    """

    advertiser_tracking_enabled: Flag
    """Consent in App Tracking Transparency of iOS 14.5 and later."""
    application_tracking_enabled: Flag
    """Whether tracking is enabled in the app's own settings."""
    extinfo: list[Any]
    """16 values in Meta's order: i2 or a2 first, the OS version fifth."""
    campaign_ids: ProductId
    """IDs of the campaigns from the app's deep link."""
    install_referrer: str
    """Install referrer of Google Play."""
    installer_package: str
    """Package name of the installer."""
    url_schemes: list[str]
    """URL schemes that the app handles."""
    vendor_id: str
    """Vendor ID of the device (iOS)."""
    windows_attribution_id: str
    """Attribution ID of Windows."""


@with_config(OPEN)
class OriginalEvent(TypedDict, total=False):
    """The earlier event that a late report belongs to.

    >>> event: OriginalEvent = {"event_name": "Purchase", "order_id": "A-7"}
    """

    event_name: str
    """Name of the earlier event."""
    event_time: UnixTime
    """Time of the earlier event."""
    order_id: ProductId
    """ID of its order."""
    event_id: ProductId
    """Its `event_id`."""


class ServerEvent(Params, total=False):
    """An event of the Conversions API. Meta: conversions-api/parameters/server-event.

    >>> event: ServerEvent = {"event_name": "Lead", "event_time": 1793520000, "action_source": "email",
    ...     "user_data": {"em": "a@example.com"}}
    """

    event_name: Required[Annotated[str, Field(min_length=1)]]
    """Purchase, Lead, … or a name of your own."""
    event_time: Required[UnixTime]
    """Time of the event, at most 7 days ago."""
    action_source: Required[Annotated[ActionSourceType, Open()]]
    """Where the event happened."""
    user_data: Required[ANY_OBJECT]
    """The customer: em, ph, fn, ln, … as plain text or hashed; client_user_agent, fbp, …"""
    event_source_url: Annotated[str, Field(pattern="^(?i:https?)://")]
    """URL of the page; required for `website`."""
    event_id: Annotated[str, Field(min_length=1)] | int
    """`eventID` of the same event in the pixel; Meta counts both once."""
    custom_data: EventData
    """Value and products of the event."""
    app_data: EventApp
    """App and device of an app event."""
    data_processing_options: list[Literal["LDU"]]
    """["LDU"] limits the use of data of people in some US states."""
    data_processing_options_country: int
    """Country for LDU: 1 is the US, 0 lets Meta locate the person."""
    data_processing_options_state: int
    """State for LDU: 1000 is California, 0 lets Meta locate the person."""
    opt_out: Flag
    """Whether to use the event for attribution only, not for optimization."""
    referrer_url: str
    """URL of the page that led to the event."""
    customer_segmentation: str
    """Segment of the customer, such as new or existing."""
    messaging_channel: str
    """messenger, instagram or whatsapp, for events of business messaging."""
    original_event_data: OriginalEvent
    """The earlier event that this late report belongs to."""
    attribution_data: ANY_OBJECT
    """Attribution that the advertiser measured."""
    extra: Extra


@dataclass(frozen=True, slots=True)
class EventsBatch:
    """Meta's response to one request of events.

    >>> EventsBatch(first=0, count=2, events_received=2, fbtrace_id=None).events_received
    2
    """

    first: int
    """Index of the first event of the request, from 0."""
    count: int
    """Number of events sent."""
    events_received: int
    """Number of events that Meta received."""
    fbtrace_id: str | None
    """Meta's ID of the request, for support."""
    messages: list[str] = field(default_factory=list)
    """Warnings of Meta."""


@dataclass(slots=True)
class LeftOut:
    """Values or events of one kind that could not be used.

    >>> LeftOut("ph", "no phone number", count=1, events=[4]).events
    [4]
    """

    key: str
    """Key of `user_data`, or parameter of the event."""
    reason: str
    """Why they could not be used."""
    count: int = 0
    """Number of values or events."""
    events: list[int] = field(default_factory=list)
    """Indexes of the first 100 events that had them."""


@dataclass(slots=True)
class EventsSent:
    """The result of sending events. It holds no customer data.

    >>> EventsSent("8", [EventsBatch(0, 2, 2, None)]).received
    2
    """

    pixel_id: str
    """ID of the pixel."""
    batches: list[EventsBatch] = field(default_factory=list)
    """One entry for each request."""
    left_out: list[LeftOut] = field(default_factory=list)
    """Values that could not be used; their events were sent without them."""
    refused: list[LeftOut] = field(default_factory=list)
    """Events that were not sent, by the parameter that is wrong and what is allowed."""
    doubtful: list[LeftOut] = field(default_factory=list)
    """Parameters that were sent but may be wrong, such as names that are nearly one of Meta's."""
    named: int = 0
    """Number of events without `event_id` that were given one."""

    @property
    def count(self) -> int:
        """Number of events sent."""
        return sum(batch.count for batch in self.batches)

    @property
    def received(self) -> int:
        """Number of events that Meta states it received."""
        return sum(batch.events_received for batch in self.batches)
