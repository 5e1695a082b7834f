"""One module per Graph edge. Each prepares requests with Meta's SDK objects and passes them to the transport."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from admonster_fb.objects import SERVICES, service_class

if TYPE_CHECKING:
    from admonster_fb.services._base import Service


def by_attribute() -> dict[str, type[Service]]:
    """Return each service class by its attribute on the facade.

    >>> by_attribute()["ads"].__name__
    'Ads'
    """
    return {attribute: service_class(attribute) for attribute in SERVICES}


def methods(service: type[Service]) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Yield name and function of each public method of a service.

    >>> [name for name, function in methods(by_attribute()["saved_audiences"])]
    ['get', 'iter', 'list']
    """
    for name, item in vars(service).items():
        if not name.startswith("_") and inspect.isroutine(item):
            yield name, inspect.unwrap(item)
