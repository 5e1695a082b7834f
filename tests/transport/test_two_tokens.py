"""Two facades with two tokens in one process, used by eight threads at once, never mix."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Barrier
from typing import Any

import pytest
from facebook_business.adobjects.adaccount import AdAccount
from facebook_business.adobjects.campaign import Campaign

from admonster_fb import FacebookAds, Settings
from admonster_fb.sandbox import Sandbox, serve

pytestmark = pytest.mark.slow

THREADS = 8
ROUNDS = 3
ACCOUNTS = {"act_1": "USD", "act_2": "JPY"}


@pytest.fixture(params=["in process", "over HTTP"])
def pair(request: pytest.FixtureRequest) -> Iterator[tuple[Sandbox, dict[str, FacebookAds], dict[str, str]]]:
    """A sandbox, a facade per account, and the token of each: it sees that account only."""
    sandbox = Sandbox(history=0)
    tokens = {account: sandbox.issue_token(accounts=[account]) for account in ACCOUNTS}
    with ExitStack() as stack:
        if request.param == "over HTTP":
            settings = Settings(endpoint=stack.enter_context(serve(sandbox)).url)
        else:
            settings = Settings(adapter=sandbox.adapter())
        facades = {
            account: stack.enter_context(FacebookAds(token, account, settings=settings))
            for account, token in tokens.items()
        }
        yield sandbox, facades, tokens


def job(fb: FacebookAds, account: str, thread: int, start: Barrier) -> list[tuple[str, Any]]:
    """Do a bit of everything, through our services, Meta's own objects and batches."""
    start.wait()
    seen: list[tuple[str, Any]] = []
    for number in range(ROUNDS):
        name = f"{account} {thread} {number}"
        made = fb.campaigns.create(
            account, name=name, objective="OUTCOME_TRAFFIC", special_ad_categories=[], daily_budget=50000
        )
        seen.append(("name", made.name))
        fb.campaigns.update(made.id, name=name + " again")
        seen.append(("name", fb.campaigns.get(made.id).name))
        seen.append(("currency", fb.adaccounts.get(account).currency))
        seen.extend(("account", each.id) for each in fb.adaccounts.list())
        seen.extend(("owner", campaign.account_id) for campaign in fb.campaigns.iter(account, limit=20))
        seen.append(("name", Campaign(made.id, api=fb.api).api_get(fields=["name"])["name"]))
        seen.append(("currency", AdAccount(account, api=fb.api).api_get(fields=["currency"])["currency"]))
        with fb.batch() as batch:
            item = batch.add(fb.adaccounts.get, account)
        seen.append(("currency", item.result().currency))
    return seen


def test_each_request_carries_its_own_token(
    pair: tuple[Sandbox, dict[str, FacebookAds], dict[str, str]],
) -> None:
    sandbox, facades, tokens = pair
    start = Barrier(THREADS)
    with ThreadPoolExecutor(THREADS) as pool:
        accounts = [list(ACCOUNTS)[thread % 2] for thread in range(THREADS)]
        futures = [pool.submit(job, facades[acc], acc, thread, start) for thread, acc in enumerate(accounts)]
        results = [future.result(timeout=60) for future in futures]

    for account, seen in zip(accounts, results, strict=True):
        wanted: dict[str, Callable[[Any], bool]] = {
            "name": lambda value, account=account: value.startswith(account + " "),
            "currency": lambda value, account=account: value == ACCOUNTS[account],
            "account": lambda value, account=account: value == account,
            "owner": lambda value, account=account: f"act_{value}" == account,
        }
        assert {what for what, _ in seen} == wanted.keys()
        assert [(what, value) for what, value in seen if not wanted[what](value)] == []

    owner = {token: account for account, token in tokens.items()}
    ids = {node["id"]: f"act_{node['account_id']}" for node in sandbox.objects("Campaign")}
    entries = list(sandbox.journal)
    assert len(ids) == THREADS * ROUNDS
    assert {entry.status for entry in entries} == {200}
    for entry in entries:
        node = entry.path.split("/")[0]
        subject = node if node.startswith("act_") else ids.get(node)
        assert entry.token in owner
        if subject:
            assert owner[entry.token] == subject, entry.path
        assert not set(tokens.values()) & {str(value) for value in entry.params.values()}
    about = {entry.path.split("/")[0] for entry in entries}
    assert set(ACCOUNTS) <= about
    assert len(about & ids.keys()) == THREADS * ROUNDS


def test_the_wrong_token_sees_nothing_of_the_other(
    pair: tuple[Sandbox, dict[str, FacebookAds], dict[str, str]],
) -> None:
    _, facades, _ = pair
    assert [account.id for account in facades["act_1"].adaccounts.list()] == ["act_1"]
    assert [account.id for account in facades["act_2"].adaccounts.list()] == ["act_2"]
