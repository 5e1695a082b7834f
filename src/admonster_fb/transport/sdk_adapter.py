"""Adapter for the private names of Meta's SDK: every one that this project reads is read here.

A new release of the SDK may change them. `tests/contract/test_sdk_adapter.py` then says which one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from facebook_business.api import FacebookRequest


class PreparedRequest(NamedTuple):
    """A request that a method of an SDK object has prepared (`pending=True`) and not sent."""

    method: str
    path: tuple[str, ...]
    result: str
    """Name of the SDK class that the SDK makes of the response, such as `AdSet`. Empty if there is none."""


def prepared(request: FacebookRequest) -> PreparedRequest:
    """Return the HTTP method, path and result class of a pending request.

    >>> from facebook_business.adobjects.adaccount import AdAccount
    >>> from facebook_business.api import FacebookAdsApi
    >>> prepared(AdAccount("act_1", api=FacebookAdsApi(None)).get_campaigns(pending=True))
    PreparedRequest(method='GET', path=('act_1', 'campaigns'), result='Campaign')
    """
    path = tuple(str(part) for part in request._path if part)
    return PreparedRequest(request._method, path, getattr(request._target_class, "__name__", ""))


def parameters(request: FacebookRequest) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Return the type of each parameter of a pending request, and the values of each enumeration among the types.

    >>> from facebook_business.adobjects.campaign import Campaign
    >>> from facebook_business.api import FacebookAdsApi
    >>> parameters(Campaign("1", api=FacebookAdsApi(None)).api_update(pending=True))[0]["daily_budget"]
    'unsigned int'
    """
    checker = request._param_checker
    return dict(checker._type_check_info), {
        name: [str(value) for value in values if _is_enum_value(str(value))]
        for name, values in checker._enum_data.items()
    }


def _is_enum_value(value: str) -> bool:
    # The SDK lists a class's whole __dict__, so its module name and slots come along.
    return value.replace("_", "").isalnum() and value != "None"


def readable_fields(node: Any) -> dict[str, str]:
    """Return the fields of an SDK class that can be read, with their types.

    The SDK lists the readable fields in alphabetical order, then the write-only fields in alphabetical order.

    >>> from facebook_business.adobjects.campaign import Campaign
    >>> readable_fields(Campaign)["daily_budget"]
    'string'
    """
    types: dict[str, str] = node._field_types
    names = list(types)
    end = next((i for i in range(1, len(names)) if names[i] < names[i - 1]), len(names))
    return {name: types[name] for name in names[:end]}
