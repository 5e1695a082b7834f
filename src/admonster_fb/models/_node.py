"""How answers are read: frozen snapshots that keep whatever Meta sends, known or not."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, Self, get_args
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AwareDatetime, ConfigDict, ValidationError

from admonster_fb.models._documentation import ModelDoc
from admonster_fb.models._lazy import LazyModel
from admonster_fb.money import whole
from admonster_fb.redaction import SECRET_NAMES

Map = dict[str, Any]

# A campaign without a schedule reads 1969-12-31T15:59:59-0800, one second before the epoch.
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ScheduleTime = Annotated[AwareDatetime | None, AfterValidator(lambda t: t if t and t > _EPOCH else None)]
Time = AwareDatetime


def zone_of(name: object) -> ZoneInfo:
    """Return a time zone by its name. One that this machine does not know is UTC, with a warning in the log."""
    try:
        return ZoneInfo(str(name or "UTC"))
    except (KeyError, ValueError, OSError):
        logging.getLogger("admonster_fb").warning("the time zone %.40r is unknown here: UTC is used", name)
        return ZoneInfo("UTC")


def parse_time(value: Any, zone: str = "UTC") -> datetime | None:
    """Parse a time: ISO text (in `zone` unless it names another), Unix seconds, or 0 for none. Another text is none.

    >>> parse_time("2026-12-01T09:00:00+0100").isoformat(), parse_time(0)
    ('2026-12-01T09:00:00+01:00', None)
    """
    if value in (None, "", 0, "0"):
        return None
    found, seconds = value, whole(value)
    try:
        if not isinstance(found, datetime):
            found = datetime.fromisoformat(str(value)) if seconds is None else datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):  # beyond the range of `datetime`: it does not end
        return None
    return found if found.tzinfo else found.replace(tzinfo=zone_of(zone))


def objects_in(value: object) -> list[Map]:
    """Return the objects of a list that Meta returned within an object; none of what is no list."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def object_in(value: object) -> Map:
    """Return an object that Meta returned within an object; an empty one for what is none."""
    return value if isinstance(value, dict) else {}


class Node(LazyModel):
    """A snapshot of one of Meta's objects: frozen, with Meta's field names, and no reference to the API.

    A field that Meta left out is `None` and not in `model_fields_set`; fields that this class does not name are
    kept and read as attributes too, but for tokens.

    >>> Node.from_api({"brand_new_field": 1}).brand_new_field
    1
    """

    model_config = ConfigDict(
        extra="allow", frozen=True, coerce_numbers_to_str=True, defer_build=True, protected_namespaces=()
    )

    EXPANDED: ClassVar[dict[str, str]] = {}
    """How a field is asked for when its bare name would bring only an id: `{"business": "business{id,name}"}`."""
    NOT_REQUESTED: ClassVar[frozenset[str]] = frozenset()
    """Fields that are read when present but not asked for by default."""

    @classmethod
    def __pydantic_init_subclass__(cls, **_kwargs: Any) -> None:
        """Let `help()` show what each field means."""
        cls.__doc__ = ModelDoc(cls)

    @classmethod
    def fields(cls) -> tuple[str, ...]:
        """Return the fields asked for when a call names none."""
        return tuple(cls.EXPANDED.get(name, name) for name in cls._in_order() if name not in cls.NOT_REQUESTED)

    @classmethod
    def _in_order(cls) -> list[str]:
        return [*cls.model_fields]

    @classmethod
    def from_api(cls, data: Map) -> Self:
        """Read one decoded answer. A value that does not fit its field is stored as it came, never fatal.

        In a text field it becomes text, and an amount stays as it is. Any other field is then as if Meta had left it
        out, so that its type holds; `model_extra` has the value.

        >>> from admonster_fb.models.campaign import Campaign
        >>> Campaign.from_api({"id": "1", "daily_budget": "12.5", "brand_new_field": True})
        Campaign(id='1', daily_budget='12.5', brand_new_field=True)
        """
        if not SECRET_NAMES.isdisjoint(data):
            data = {name: value for name, value in data.items() if name not in SECRET_NAMES or name in cls.model_fields}
        try:
            return cls.model_validate(data)
        except ValidationError as error:
            found = error.errors(include_url=False, include_context=False)
        odd = {str(detail["loc"][0]) for detail in found if detail["loc"]} & data.keys()
        whole = {name: value for name, value in data.items() if name not in odd and name.isprintable()}
        node = cls.model_validate(whole)
        for name in odd:
            node._store_misfit(name, data[name])
        node.__pydantic_fields_set__.update(odd)
        return node

    def _store_misfit(self, name: str, value: Any) -> None:
        from admonster_fb.models._facts import names

        hint = type(self).model_fields[name].annotation
        if str in (hint, *get_args(hint)):
            self.__dict__[name] = json.dumps(value)
        elif name in names(type(self), money=True):  # as it came: what was no amount must not be taken for none
            self.__dict__[name] = value
        elif self.__pydantic_extra__ is not None:
            self.__pydantic_extra__[name] = value

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        """Show only what Meta sent."""
        extra = self.__pydantic_extra__ or {}
        sent = self.model_fields_set - extra.keys()
        yield from ((name, getattr(self, name)) for name in self._in_order() if name in sent)
        yield from extra.items()


class NamedNode(Node):
    """A node with a name.

    >>> NamedNode.from_api({"id": "5", "name": "Shoes"}).name
    'Shoes'
    """

    id: str = ""
    """Meta's ID of the object."""
    name: str | None = None
    """Name of the object."""


class AccountNode(Node):
    """A node of an ad account.

    >>> AccountNode.from_api({"id": "5", "account_id": 7}).account_id
    '7'
    """

    id: str = ""
    """Meta's ID of the object."""
    account_id: str | None = None
    """ID of the ad account, without `act_`."""


class TimedNode(Node):
    """A node whose creation and last change Meta records.

    >>> TimedNode.from_api({"created_time": "2026-11-01T09:00:00-0800"}).created_time.isoformat()
    '2026-11-01T09:00:00-08:00'
    """

    created_time: Time | None = None
    """Time of creation."""
    updated_time: Time | None = None
    """Time of the last change."""

    @classmethod
    def _in_order(cls) -> list[str]:
        """Put the times last, though a base class declares them."""
        return sorted(cls.model_fields, key=TimedNode.model_fields.__contains__)
