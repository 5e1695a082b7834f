"""One file per Graph edge: each prepares requests with Meta's SDK objects and hands them to the transport."""

from __future__ import annotations

from typing import TYPE_CHECKING

from admonster_fb.objects import SERVICES, service_class

if TYPE_CHECKING:
    from admonster_fb.services._base import Service


def by_attribute() -> dict[str, type[Service]]:
    """Return every service class by the facade's attribute.

    >>> by_attribute()["ads"].__name__
    'Ads'
    """
    return {attribute: service_class(attribute) for attribute in SERVICES}
