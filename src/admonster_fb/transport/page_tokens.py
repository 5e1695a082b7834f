"""Tokens of Pages: read with the user's token when a call needs one, held in memory, never printed or stored."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from admonster_fb import errors
from admonster_fb.transport.last_seen import Recent
from admonster_fb.transport.request import Call

if TYPE_CHECKING:
    from admonster_fb.transport.api import Api
    from admonster_fb.transport.session import TokenAuth

NO_ROLE = (
    "Give the user a role on the Page with the task ADVERTISE, and grant pages_show_list and pages_read_engagement."
)
"""What to do if Meta shows no token of a Page."""


class PageTokens:
    """The tokens of Pages by id of the Page, each with the user's token that it was read with."""

    __slots__ = ("__api", "__held", "__lock", "pages")

    def __init__(self, api: Api) -> None:
        self.__api = api
        self.__held: dict[str, tuple[str, TokenAuth]] = {}
        self.__lock = threading.Lock()
        self.pages = Recent[str, str](10_000)
        """The Page of each lead form, as far as it is known."""

    def of(self, page_id: str, user: TokenAuth) -> TokenAuth:
        """Return the token of a Page; the user's own if Meta shows none, so that Meta decides about the call itself."""
        held = self.__held.get(page_id)
        if held is not None and held[0] == user.reveal():
            return held[1]
        token = self._read(page_id, "access_token")
        if not token:
            return user
        auth = self.__api.connection.credentials.derived(token)
        with self.__lock:
            self.__held[page_id] = (user.reveal(), auth)
        return auth

    def page_of(self, form_id: str) -> str:
        """Return the Page of a lead form; "" if it cannot be read, so that Meta decides about the call itself."""
        known = self.pages.get(form_id) or self._read(form_id, "page_id")
        if known:
            self.pages[form_id] = known
        return known

    def refused(self, page_id: str) -> str:
        """Read the token of a Page again before its next call. Return what to do if there was none."""
        with self.__lock:
            return "" if self.__held.pop(page_id, None) else NO_ROLE

    def _read(self, node_id: str, field: str) -> str:
        from admonster_fb.transport.api import decode_object

        try:
            row = self.__api.send(Call("GET", (node_id,), {"fields": field}), decode_object)
        except (errors.PermissionDeniedError, errors.InvalidParameterError, errors.NotFoundError):
            return ""
        value = row.get(field)
        return str(value) if isinstance(value, (str, int)) else ""

    def __repr__(self) -> str:
        return f"PageTokens({len(self.__held)})"

    def __reduce__(self) -> Any:
        raise TypeError("tokens are not pickled")
