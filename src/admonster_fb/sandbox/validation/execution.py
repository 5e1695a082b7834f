"""`execution_options`: what they can be, and together with what (facts, sections 1.3 and 11)."""

from __future__ import annotations

from typing import Any

from admonster_fb.sandbox.validation.case import listed
from admonster_fb.sandbox.validation.refusals import plain


def check_options(kind: str, params: dict[str, Any]) -> None:
    """Refuse options that need the company of validate_only."""
    options = {str(option) for option in listed(params.get("execution_options"))}
    if options == {"include_recommendations"}:
        raise plain("The execution option include_recommendations can't be used alone.")
    if "synchronous_ad_review" in options and (kind != "Ad" or "validate_only" not in options):
        raise plain("The execution option synchronous_ad_review needs validate_only, and an ad.")
