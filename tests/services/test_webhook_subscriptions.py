"""Subscriptions of apps, Pages and ad accounts, and leads that come by them."""

from __future__ import annotations

from pathlib import Path

import pytest

from admonster_fb import FacebookAds, ParameterError, Settings, errors
from admonster_fb.auth.app import App
from admonster_fb.bot import FacebookTool
from admonster_fb.sandbox import Sandbox
from admonster_fb.webhooks import Receiver
from admonster_fb.workflows.webhooks import collect_leads, send_alerts, subscribe_app

PAGE, URL = "108356564252733", "https://bot.example/meta"


@pytest.fixture
def app(sandbox: Sandbox) -> App:
    settings = Settings(adapter=sandbox.adapter())
    return App(sandbox.world.app.id, sandbox.world.app.secret, settings)


def test_an_app_subscribes_once_its_callback_has_answered(app: App, sandbox: Sandbox) -> None:
    receiver = Receiver(app.secret, "mine", {})

    def listen(method: str, query: dict[str, str]) -> tuple[int, str]:
        reply = receiver.handle(method, query)
        return reply.status, reply.text

    sandbox.listen(URL, listen)
    subscribe_app(app, "page", ["leadgen"], callback_url=URL, verify_token="mine")
    assert sandbox.world.hooks.app["page"]["fields"] == ["leadgen"]
    with pytest.raises(errors.APIError, match="403"):
        subscribe_app(app, "page", ["leadgen"], callback_url=URL, verify_token="wrong")
    with pytest.raises(ParameterError, match="https"):
        subscribe_app(app, "page", ["leadgen"], callback_url="http://bot.example", verify_token="mine")
    assert not [entry for entry in sandbox.requests if "wrong" in str(entry)]


def test_a_page_keeps_the_fields_it_had(fb: FacebookAds) -> None:
    assert fb.webhooks.of_page(PAGE) == []
    assert fb.webhooks.subscribe_page(PAGE, subscribed_fields=["feed"]) == ["feed"]
    assert fb.webhooks.subscribe_page(PAGE) == ["feed", "leadgen"]
    assert fb.webhooks.of_page(PAGE)[0].subscribed_fields == ["feed", "leadgen"]
    fb.webhooks.unsubscribe_page(PAGE)
    assert fb.webhooks.of_page(PAGE) == []


def test_fields_of_a_page_may_be_one_text(fb: FacebookAds) -> None:
    assert fb.webhooks.subscribe_page(PAGE, subscribed_fields="leadgen") == ["leadgen"]
    assert fb.webhooks.subscribe_page(PAGE, subscribed_fields=["feed, mention", ""]) == ["leadgen", "feed", "mention"]
    assert fb.webhooks.of_page(PAGE)[0].subscribed_fields == ["leadgen", "feed", "mention"]


def test_the_plan_to_unsubscribe_a_page_removes_its_subscription_and_not_the_page(fb: FacebookAds) -> None:
    fb.webhooks.subscribe_page(PAGE)
    tool = FacebookTool(fb)
    held = tool.call({"op": "unsubscribe_page", "args": {"page_id": PAGE}})
    [line] = [line for line in held.text.splitlines() if "removed" in line]
    assert line.startswith(f"- subscribed apps ID: {PAGE} ")
    assert line.endswith('| removed for good | was: Subscribed fields: ["leadgen"]')
    fb.webhooks.subscribe_page(PAGE, subscribed_fields=["feed"])
    assert "out of date" in tool.call({"op": "apply", "args": {"plan_id": held.data.id}}).text
    assert fb.webhooks.of_page(PAGE)[0].subscribed_fields == ["leadgen", "feed"]


def test_without_the_scope_meta_says_which_is_missing(sandbox: Sandbox) -> None:
    scopes = ["ads_management", "pages_show_list", "pages_read_engagement"]
    settings = Settings(adapter=sandbox.adapter())
    fb = FacebookAds(sandbox.issue_token(scopes), settings=settings, clock=sandbox)
    with pytest.raises(errors.PermissionDeniedError, match="pages_manage_metadata"):
        fb.webhooks.subscribe_page(PAGE)


def test_an_account_is_watched_for_one_kind_of_event(fb: FacebookAds, app: App) -> None:
    subscribe_app(app, "ad_account", ["subscriptions", "effective_status"], callback_url=URL, verify_token="mine")
    fb.webhooks.subscribe_account("act_1", app.app_id)
    assert [each.id for each in fb.webhooks.of_account("act_1")] == [app.app_id]
    spent = {"field": "today_spent", "operator": "GREATER_THAN", "value": 5000}
    watch = fb.webhooks.watch("act_1", event_type="INSIGHTS_UPDATED", filters=[spent])
    fb.webhooks.switch("act_1", watch.id, enabled=False)
    assert [(each.id, each.status) for each in fb.webhooks.watches("act_1")] == [(watch.id, "DISABLED")]
    fb.webhooks.unwatch("act_1", watch.id)
    assert fb.webhooks.watches("act_1") == []
    fb.webhooks.unsubscribe_account("act_1", app.app_id)


@pytest.mark.thorough
def test_leads_come_into_the_file_as_they_are_sent_each_once(
    fb: FacebookAds, app: App, sandbox: Sandbox, tmp_path: Path
) -> None:
    subscribe_app(app, "page", ["leadgen"], callback_url=URL, verify_token="mine")
    fb.webhooks.subscribe_page(PAGE)
    form, store = sandbox.add_form(PAGE), tmp_path / "leads.sqlite"
    receiver = Receiver(app.secret, "mine", {"leadgen": collect_leads(fb, store)}, background=False)
    ids = sandbox.add_leads(form, [None] * 20)
    gone = sandbox.add_leads(form, [None])[0]
    sandbox.remove_lead(gone)
    statuses = sandbox.send_webhooks(
        lambda body, headers: receiver.handle("POST", {}, headers, body).status, batch=3, repeat=0.5, shuffle=True
    )
    assert {*statuses} == {200}
    assert receiver.drain() == 21
    assert fb.leads.collect(ids[0], store) is False
    assert fb.leads.sync(form, store).stored == 20


def test_alerts_go_to_a_function_or_a_url_of_a_person() -> None:
    with pytest.raises(ParameterError, match="https"):
        send_alerts([], "http://insecure.example")
    for wrong in (None, "http://hooks.slack.com/services/SECRET"):  # such as a variable that is not set
        with pytest.raises(ParameterError, match="https") as caught:
            send_alerts([], wrong)  # type: ignore[arg-type]
        assert "SECRET" not in str(caught.value)
    assert send_alerts([], "https://hooks.slack.com/services/x") == 0
