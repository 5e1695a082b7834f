"""Figures as text."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, localcontext

from admonster_fb.analysis.change import DIGITS, Figure
from admonster_fb.money import Money, MoneyError, offset_of

_RESULTS = {
    "reach": "people reached",
    "impressions": "impressions",
    "estimated_ad_recallers": "people who would remember",
    "actions.omni_landing_page_view": "landing page views",
    "actions.like": "Page likes",
    "actions.rsvp": "event responses",
    "actions.post_engagement": "post engagements",
    "video_thruplay_watched_actions.video_view": "ThruPlays",
    "actions.onsite_conversion.messaging_conversation_started_7d": "conversations",
    "actions.onsite_conversion.lead_grouped": "leads",
    "actions.omni_app_install": "app installs",
    "instagram_profile_visits": "profile visits",
}


def money(value: Figure, currency: str) -> str:
    """Return an amount in major units, rounded to the currency's smallest unit, with its currency.

    >>> money(Decimal("1234.565"), "USD"), money(Decimal("12.5"), "HUF"), money(Decimal("1.5"), "LKR")
    ('$1234.57 USD', '13 HUF', '1.50 LKR')
    """
    try:
        with localcontext(prec=DIGITS):
            minor = (Decimal(value) * offset_of(currency)).quantize(Decimal(1), ROUND_HALF_UP)
        return str(Money.from_minor(int(minor), currency))
    except MoneyError:  # a currency that Meta does not list, or an amount that it could not store
        return f"{value:.2f} {currency}".rstrip()


def results(kind: str, count: Figure | None = None) -> str:
    """Return the name of results of a kind, singular for a count of 1.

    >>> results("actions.purchase"), results("actions.lead", 1), results("actions.offsite_conversion.fb_pixel_lead")
    ('purchases', 'lead', 'website leads')
    """
    name = kind.rpartition(".")[2].removeprefix("omni_")
    website = "website " if name.startswith("fb_pixel_") else ""
    many = _RESULTS.get(kind) or f"{website}{name.removeprefix('fb_pixel_').replace('_', ' ')}s"
    return many.replace("people", "person").removesuffix("s") if count == 1 else many


def percent(value: Decimal | None, digits: int = 0) -> str:
    """Return a change in percent with its sign, "" if it is unknown."""
    if value is None:
        return ""
    rounded = value.quantize(Decimal(1).scaleb(-digits))
    return f"{rounded:+f} %" if rounded else "0 %"
