"""The errors of validation, in Meta's words where they are recorded (shared/live/error_catalog.json)."""

from __future__ import annotations

from collections.abc import Iterable

from admonster_fb.sandbox.errors import GraphError

# Subcode: title and text. Those that `errors.DEFAULTS` knows are left to it.
WORDS: dict[int, tuple[str, str]] = {
    1373054: ("Invalid Call to Action", "The call to action of your ad could not be read."),
    1443226: (
        "Your ad needs a video thumbnail",
        "Please specify one of image_hash or image_url in the video_data field of object_story_spec.",
    ),
    1487007: ("Ad Set Ended", "You can't create or edit ads in an ad set that has ended."),
    1487033: ("End Date In The Past", "The end date of your ad set has passed. Please choose a later one."),
    1487056: ("Ad Set Deleted", "You can't create ads in an ad set that has been deleted."),
    1487079: ("Invalid Targeting Spec", "One of the interests in your targeting doesn't exist."),
    1487212: ("Missing Image", "Please specify an image to run with this ad."),
    1487472: ("Post Can't Be Promoted", "This post can't be promoted. Please choose another one."),
    1487566: ("Campaign Deleted", "You can't create ad sets or ads in a campaign that has been deleted."),
    1487632: (
        "Ad Set Budget Changed Too Often",
        "You can change the budget of an ad set 4 times per hour. Please wait before you change it again.",
    ),
    1487694: ("Targeting Category Retired", "One of your targeting options is no longer available."),
    1487831: ("Product Set Missing", "A template needs a product set. Please specify product_set_id."),
    1487756: ("Locations Can't Be Used", "Some of your locations overlap. Try removing a location."),
    1487810: ("App URL Not Allowed", "An app store URL can't be used with this objective."),
    1815430: ("App URL Not Allowed", "Only app promotion campaigns can use an app store URL."),
    1815629: ("Duplicates of ad asset values are not allowed", "All ad asset values should be unique."),
    1815946: ("Radius Can't Be Used", "A radius can't be used with several locations. Please remove the radius."),
    1815857: (
        "Bid Amount Required",
        "The bid strategy of the campaign needs a bid cap: please set bid_amount on the ad set.",
    ),
    1870088: ("Connections Targeting Deprecated", "Targeting by connections is no longer available."),
    1870165: ("Audience Includes Minors", "Ads shown to minors can only be targeted by age and location."),
    1870188: (
        "With ad sets that use Advantage+ audience, the minimum age audience control can’t be set to higher than 25",  # noqa: RUF001
        "You can add a higher minimum age as a suggestion instead when creating or editing ad set.",
    ),
    1870189: (
        "With ad sets that use Advantage+ audience, the maximum age audience control can’t be set to lower than 65",  # noqa: RUF001
        "You can add a lower maximum age as a suggestion instead when creating or editing ad set.",
    ),
    1870199: ("Location Types Deprecated", 'Only the location types ["home", "recent"] can be used.'),
    1487929: (
        "Ambiguous Promoted Object Fields",
        "The object you're trying to promote is ambiguous. You must specify only one promoted object.",
    ),
    1885204: ("Bid Must Be Automatic", "A bid amount can't be used with this bid strategy."),
    1885272: ("Budget Is Too Low", "The budget is too low."),
    1885364: ("A Location Is Missing", "Please add a location or a custom audience to your targeting."),
    1885557: (
        "Post Not Available",
        "The post doesn't exist, was deleted, or you don't have permission to promote it.",
    ),
    1885650: ("Budget Too Low For Past Spend", "The new budget must be at least 110% of what was spent so far."),
    1885998: (
        "Cannot create dynamic creative ad in non-dynamic creative ad set",
        "Dynamic creative ads can only be created under dynamic creative ad sets.",
    ),
    2061015: ("A Required Field Is Missing", "The link field is required. Fill in the field to continue."),
    2446149: (
        "Ambiguous Instagram Account",
        "instagram_actor_id was replaced by instagram_user_id; you can't specify both.",
    ),
    2446173: ("Unknown Label", "A target rule label does not refer to any of the asset labels."),
    2446307: ("Spending Limit Too Low", "The campaign spending limit is below the minimum of your currency."),
    2446394: ("Targeting Option Removed", "Detailed targeting exclusions are no longer available."),
    2446386: ("Image Not Available", "The image you selected is not available."),
    2490487: (
        "Bid amount or bid constraints required for bid strategy",
        "Bid amount or bid constraints required: for bid cap you must provide the bid amount field, for a minimum "
        "ROAS the roas_average_floor of the bid constraints.",
    ),
    2490589: ("Placement Not Available", "The Instagram Explore placement is no longer available."),
    2909034: (
        "Special Ad Category",
        "The audience can't be limited this way in campaigns of a special ad category.",
    ),
    3858079: ("Beneficiary Missing", "Please say who benefits from ads shown in the European Union."),
    3858081: ("Payer Missing", "Please say who pays for ads shown in the European Union."),
    3858082: ("Enroll Status Missing", "Every creative feature needs an enroll_status."),
    3858327: (
        "Impressions goal is no longer available",
        "Optimising for impressions is no longer available. You can optimise for reach and we'll show your ads to as "
        "many people as possible.",
    ),
    3858418: ("Budget Sharing", "Budget sharing can't be turned on in a campaign that is running."),
    3858504: (
        "Standard Enhancements",
        "standard_enhancements is no longer available. Opt in to each creative feature instead.",
    ),
    4834002: ("Budget Sharing", "Ad set budget sharing can't be used with a campaign budget."),
    4834005: ("Budget Sharing", "Ad set budget sharing needs a bid strategy on the campaign."),
    4834006: ("Budget Sharing", "The bid strategy can't be changed while ad sets share their budgets."),
    4834009: (
        "Budget Sharing",
        "Ad sets that share their budgets need daily budgets and the bid strategy of their campaign.",
    ),
}
CODES = {1487632: 613}
# Recorded with `error_data` as an object; newer recordings carry JSON text.
OBJECT_BLAME = frozenset({1885272})


def refuse(subcode: int, *blame: str, msg: str | None = None) -> GraphError:
    """Return the refusal of this subcode, blaming fields of the call."""
    title, words = WORDS.get(subcode, (None, None))
    return GraphError(
        CODES.get(subcode, 100),
        subcode,
        user_title=title,
        user_msg=msg or words,
        error_data=_blame(blame),
        error_data_as_string=subcode not in OBJECT_BLAME,
    )


def invalid(field: str, title: str, words: str) -> GraphError:
    """Return a refusal whose subcode nobody has written down."""
    return GraphError(100, user_title=title, user_msg=words, error_data=_blame((field,)), error_data_as_string=True)


def plain(words: str) -> GraphError:
    """Return code 100 in the short form: the code repeated in the message, nothing else."""
    return GraphError(100, message=f"(#100) {words}")


def required(name: str) -> GraphError:
    """Return the refusal of a call that lacks a parameter."""
    return plain(f"The parameter {name} is required.")


def not_one_of(name: str, values: Iterable[str]) -> GraphError:
    """Return the refusal of a word Meta does not know."""
    return plain(f"Param {name} must be one of {{{', '.join(sorted(values))}}}")


def not_list(name: str) -> GraphError:
    """Return the refusal of what should be a list or an object; PHP calls both arrays."""
    return plain(f"param {name} must be an array.")


def _blame(fields: Iterable[str]) -> dict[str, list[list[str]]] | None:
    paths = [field.split(".") for field in fields]
    return {"blame_field_specs": paths} if paths else None
