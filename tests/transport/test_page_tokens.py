"""Tokens of Pages: read once for each user, and again after Meta has refused one."""

from __future__ import annotations

import pickle
from types import SimpleNamespace
from typing import Any

import pytest
from tables import table

from admonster_fb import errors
from admonster_fb.transport.page_tokens import NO_ROLE, PageTokens
from admonster_fb.transport.request import Call
from admonster_fb.transport.session import Credentials, TokenAuth

USER, OTHER = TokenAuth("EAAuser"), TokenAuth("EAAother")


class Pages:
    """Stands in for the connection: a row or an error by id, and the calls that were made."""

    def __init__(self) -> None:
        self.rows: dict[str, Any] = {"5": {"id": "5", "access_token": "EAApage"}, "7": {"id": "7", "page_id": "5"}}
        self.calls: list[tuple[str, Any]] = []
        self.connection = SimpleNamespace(credentials=Credentials("EAAuser"))

    def send(self, call: Call, parse: Any) -> Any:
        self.calls.append((call.name, call.params))
        row = self.rows[call.path[0]]
        if isinstance(row, Exception):
            raise row
        return row


def made() -> tuple[Pages, PageTokens]:
    api: Any = Pages()
    return api, PageTokens(api)


def test_a_token_is_read_once_for_each_user() -> None:
    api, tokens = made()
    first = tokens.of("5", USER)
    assert first.reveal() == "EAApage"
    assert tokens.of("5", USER) is first
    assert tokens.of("5", OTHER) is not first
    assert api.calls == [("GET 5", {"fields": "access_token"})] * 2
    assert repr(tokens) == "PageTokens(1)"


def test_a_refused_token_is_read_again_and_without_one_a_role_is_advised() -> None:
    api, tokens = made()
    tokens.of("5", USER)
    assert tokens.refused("5") == ""
    assert tokens.refused("5") == NO_ROLE
    tokens.of("5", USER)
    assert len(api.calls) == 2


REFUSALS = [
    *(errors.PermissionDeniedError(code=200), errors.InvalidParameterError(code=100)),
    errors.NotFoundError(code=100, error_subcode=33),
]


@table("row", [{"id": "5"}, {"access_token": None}, {"access_token": ["x"]}, {"access_token": ""}, *REFUSALS])
def test_without_a_token_the_user_s_own_is_sent(row: Any) -> None:
    api, tokens = made()
    api.rows["5"] = row
    assert tokens.of("5", USER) is USER
    assert tokens.of("5", USER) is USER
    assert len(api.calls) == 2, "it may have one by then"


@table(
    "error",
    [errors.TransientError(code=2), errors.AuthenticationError(code=190), errors.NetworkError("down", request="")],
)
def test_another_failure_is_the_call_s(error: Exception) -> None:
    api, tokens = made()
    api.rows["5"] = error
    with pytest.raises(type(error)):
        tokens.of("5", USER)


@table("page_id, page", [("5", "5"), (5, "5"), (None, ""), ({}, "")])
def test_the_page_of_a_form_is_read_once(page_id: Any, page: str) -> None:
    api, tokens = made()
    api.rows["7"] = {"id": "7", "page_id": page_id}
    assert [tokens.page_of("7"), tokens.page_of("7")] == [page, page]
    assert api.calls == [("GET 7", {"fields": "page_id"})] * (1 if page else 2)
    assert dict(tokens.pages) == ({"7": page} if page else {})


def test_tokens_are_not_pickled() -> None:
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(made()[1])
