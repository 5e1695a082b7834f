"""Pixels and custom conversions: made, read, counted, changed."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from tables import table

from admonster_fb import APIError, FacebookAds, NotFoundError, ParameterError
from admonster_fb.sandbox import LostResponse, Sandbox
from admonster_fb.workflows.pixels import get_pixel_stats

PIXEL = "604381177220931"
THANKS: Any = {"name": "Thank-you page", "event_source_id": PIXEL, "custom_event_type": "PURCHASE"} | {
    "rule": {"and": [{"url": {"i_contains": "thankyou"}}]}
}


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox()


def test_a_pixel_is_listed_and_read(fb: FacebookAds) -> None:
    assert PIXEL in [pixel.id for pixel in fb.adspixels.list("act_1")]
    assert next(iter(fb.adspixels.iter("act_1", sort_by="NAME", limit=1))).id == PIXEL
    read = fb.adspixels.get(PIXEL)
    assert read.last_fired_time is not None
    assert read.code is None, "the snippet is asked for by itself"
    business: Any = fb.adaccounts.get("act_1").business
    assert PIXEL in [pixel.id for pixel in fb.adspixels.list(business.id)], "a business has the edge too"


def test_an_account_has_one_pixel(fb: FacebookAds) -> None:
    made = fb.adspixels.create("act_3", name="Shop")
    assert (fb.adspixels.get(made.id).name, made.last_fired_time) == ("Shop", None)
    with pytest.raises(APIError, match=f'act_3 already has a pixel: {made.id} "Shop"') as error:
        fb.adspixels.create("act_3", name="Second")
    assert error.value.code == 6200


def test_a_pixel_whose_answer_is_lost_is_found(fb: FacebookAds, sandbox: Sandbox) -> None:
    sandbox.fail_next("POST act_*/adspixels", LostResponse())
    made = fb.adspixels.create("act_4", name="Shop")
    assert [pixel.id for pixel in fb.adspixels.list("act_4")] == [made.id]


def test_settings_change(fb: FacebookAds) -> None:
    fb.adspixels.update(PIXEL, name="Läden", enable_automatic_matching=True, automatic_matching_fields=["em", "ph"])
    read = fb.adspixels.get(PIXEL)
    assert (read.name, read.enable_automatic_matching) == ("Läden", True)
    assert set(read.automatic_matching_fields or ()) == {"em", "ph"}


def test_a_setting_that_cannot_be_read_back_is_set(fb: FacebookAds, sandbox: Sandbox) -> None:
    fb.adspixels.update(PIXEL, extra={"server_events_business_ids": ["1"]})
    assert [request.method for request in sandbox.requests] == ["POST"]


def test_the_snippet_names_its_pixel(fb: FacebookAds, sandbox: Sandbox) -> None:
    code = fb.adspixels.snippet(PIXEL).code
    assert PIXEL in code
    assert "fbq(" in code


@pytest.mark.thorough
def test_what_came_in_is_added_up(fb: FacebookAds) -> None:
    told = get_pixel_stats(fb, PIXEL, days=7)
    hours = [*fb.adspixels.stats(PIXEL, aggregation="event", start_time=told.since, end_time=told.until)]
    assert sum(told.totals.values()) == sum(row["count"] for hour in hours for row in hour.data or ()) > 0
    assert told.until - told.since == timedelta(days=7)
    only = get_pixel_stats(fb, PIXEL, event="Purchase")
    assert only.totals == {"Purchase": told.totals["Purchase"]}
    assert [*told.totals.values()] == sorted(told.totals.values(), reverse=True)


def test_a_custom_conversion_is_made_read_changed_and_deleted(fb: FacebookAds) -> None:
    made = fb.customconversions.create("act_1", **THANKS, default_conversion_value="12.50")
    read = fb.customconversions.get(made.id)
    assert (read.name, read.custom_event_type, read.default_conversion_value) == (
        "Thank-you page", "PURCHASE", Decimal("12.50")
    )  # fmt: skip
    assert read.rule == THANKS["rule"]
    assert [each.id for each in fb.customconversions.list("act_1")] == [made.id]
    assert next(iter(fb.customconversions.iter("act_1"))).id == made.id
    fb.customconversions.update(made.id, name="After checkout", default_conversion_value=Decimal("0.1"))
    read = fb.customconversions.get(made.id)
    assert (read.name, read.default_conversion_value) == ("After checkout", Decimal("0.1"))
    fb.customconversions.delete(made.id)
    assert fb.customconversions.list("act_1") == []
    with pytest.raises(NotFoundError):
        fb.customconversions.get(made.id)


@table(
    ("change", "fields"),
    [
        ({"rule": {}}, {"rule"}),
        ({"rule": "{"}, {"rule"}),
        ({"default_conversion_value": -1}, {"default_conversion_value"}),
        ({"default_conversion_value": "12,50"}, {"default_conversion_value"}),
        ({"default_conversion_value": True}, {"default_conversion_value"}),
        ({"custom_event_type": "Purchase", "name": 5}, {"custom_event_type", "name"}),
    ],
)
def test_what_makes_no_conversion_is_refused_unsent(
    fb: FacebookAds, writes: Any, change: Any, fields: set[str]
) -> None:
    params = {name: value for name, value in {**THANKS, **change}.items() if value is not None}
    with pytest.raises(ParameterError) as error:
        fb.customconversions.create("act_1", **params)
    assert {each.field for each in error.value.violations} == fields
    assert writes() == []


def test_a_conversion_whose_answer_is_lost_is_found(fb: FacebookAds, sandbox: Sandbox) -> None:
    sandbox.fail_next("POST act_*/customconversions", LostResponse())
    made = fb.customconversions.create("act_1", **THANKS)
    assert [each.id for each in fb.customconversions.list("act_1")] == [made.id]
