"""Boosting an existing post: what can be promoted, and a whole campaign made of it; comments on ads."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from itertools import islice
from typing import Annotated, Any, Literal, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from pydantic import Field
from typing_extensions import Unpack

from admonster_fb.client import FacebookAds
from admonster_fb.errors import MISSING, APIError, ParameterError, PermissionDeniedError, Violation, refused
from admonster_fb.models._node import object_in, zone_of
from admonster_fb.models._params import Params, checked, given
from admonster_fb.models.campaign import BUDGETS
from admonster_fb.models.common import Budget
from admonster_fb.models.launch import Launched
from admonster_fb.models.post import Comment, InstagramMedia, PagePost, PostList, Promotable
from admonster_fb.models.targeting.builder import TargetingLike
from admonster_fb.operation import no_op, ops_of
from admonster_fb.workflows.launch import run
from admonster_fb.workflows.places import as_target, place_named

op = ops_of("ad", "campaigns")

MAX_PAGES = 5
_SHORTCODE = re.compile(r"/(?:p|reels?|tv)/([\w-]+)")
_PASSED = (*BUDGETS, "dsa_beneficiary", "dsa_payor")
_WORDS = ("places", "interests", "gender", "age_min", "age_max")
Goal = Literal["engagement", "views", "visits", "messages", "followers", "calls", "reach"]
_POSTS = ("ads_read|ads_management", "pages_show_list", "pages_read_engagement", "instagram_basic")
_PAGE = ("id", "name", "instagram_business_account")
_KINDS = {"IMAGE": "photo", "VIDEO": "video", "CAROUSEL_ALBUM": "carousel"}


class _Way(NamedTuple):
    """What a goal means at Meta: objective, optimization goal, destination, and the button that it needs."""

    objective: str
    goal: str
    destination: str | None
    button: str = ""


_WAYS: Mapping[Goal, _Way] = {
    "engagement": _Way("OUTCOME_ENGAGEMENT", "POST_ENGAGEMENT", "ON_POST"),
    "views": _Way("OUTCOME_ENGAGEMENT", "THRUPLAY", "ON_VIDEO"),
    "visits": _Way("OUTCOME_TRAFFIC", "LINK_CLICKS", "WEBSITE", "LEARN_MORE"),
    "messages": _Way("OUTCOME_ENGAGEMENT", "CONVERSATIONS", "MESSENGER", "MESSAGE_PAGE"),
    "followers": _Way("OUTCOME_ENGAGEMENT", "PAGE_LIKES", "ON_PAGE"),
    "calls": _Way("OUTCOME_ENGAGEMENT", "QUALITY_CALL", "PHONE_CALL", "CALL_NOW"),
    "reach": _Way("OUTCOME_AWARENESS", "REACH", None),
}
_ON_INSTAGRAM: Mapping[Goal, _Way] = {
    "messages": _Way("OUTCOME_ENGAGEMENT", "CONVERSATIONS", "INSTAGRAM_DIRECT", "MESSAGE_PAGE"),
    "followers": _Way("OUTCOME_TRAFFIC", "PROFILE_VISIT", "INSTAGRAM_PROFILE"),
}
"""Goals that mean something else for Instagram media. Meta: campaign, objective mapping."""


@op("list_posts", access="read", scopes=_POSTS, then=("boost_post",))
def list_posts(
    fb: FacebookAds,
    ad_account_id: str,
    *,
    page_id: str | None = None,
    days: Annotated[int, Field(ge=1, le=365, description="days up to now. Default: 7")] = 7,
) -> PostList:
    """List the posts that ads can promote. Of Pages and Instagram, those with the most engagement first.

    Engagement is reactions (likes), comments and shares. What Meta says of the eligibility is a hint, not a promise;
    nothing said means unknown. Default: all Pages that the ad account may advertise. Reels of Pages are not listed.

    >>> [post.kind for post in list_posts(fb, "act_1").posts][:2]
    ['reel', 'Page post']
    """
    pages = [page for page in fb.adaccounts.promote_pages(ad_account_id, fields=_PAGE) if page_id in (None, page.id)]
    notes = [f"only {MAX_PAGES} of {len(pages)} Pages: name one with page_id"] if len(pages) > MAX_PAGES else []
    if page_id is not None and not pages:
        raise ParameterError([Violation("page_id", page_id, "a Page of list_pages")])
    found: list[Promotable] = []
    for page in pages[:MAX_PAGES]:
        since, instagram = fb.now() - timedelta(days=days), _instagram_of(page)
        for read, owner in ((fb.posts.published, page.id), (fb.posts.media, instagram)):
            try:
                posts: list[Any] = [*read(owner, since=since)] if owner else []
            except APIError as error:
                notes.append(f"Page {page.id}: {error.message}")
                continue
            shown = [post for post in posts if getattr(post, "is_published", None) is not False]
            promotable = [_promotable(post, page.id, instagram) for post in shown]
            found += [each for each in promotable if each.created is None or each.created >= since]
    return PostList(sorted(found, key=lambda post: -post.engagement), notes)


def _instagram_of(page: Any) -> str:
    return str(object_in(getattr(page, "instagram_business_account", None)).get("id") or "")


def _promotable(post: PagePost | InstagramMedia, page_id: str, instagram: str = "") -> Promotable:
    if isinstance(post, PagePost):
        text, eligible = post.message or post.story or "", post.is_eligible_for_promotion
        where: Any = {"created": post.created_time, "permalink": post.permalink_url or "", "link": post.link}
        shown = [each[name] for each in post.attached for name in ("title", "unshimmed_url") if each.get(name)]
        where |= {"attached": " ".join(dict.fromkeys(map(str, shown))), "engagement": post.engagement}
        return Promotable(post.id, "Page post", page_id, text=text[:120], eligible=eligible, **where)
    info = object_in(post.boost_eligibility_info)
    reel = post.media_product_type == "REELS"
    return Promotable(
        *(post.id, "reel" if reel else _KINDS.get(post.media_type or "", "media"), page_id, instagram),
        *((post.caption or "")[:120], post.timestamp, post.permalink or "", post.engagement),
        *(info.get("eligible_to_boost"), str(info.get("boost_ineligible_reason") or "")),
    )


class Boost(Params, total=False):
    """The goal, audience, duration and budget of a boost.

    >>> boost: Boost = {"goal": "engagement", "daily_budget": "10.00 USD", "days": 5, "places": ["US"]}
    """

    post: Annotated[str, Field(description='ID or permalink of list_posts. Default: "best", the best of 7 days')]
    page_id: Annotated[str, Field(description="the Page; needed with partnership_ad_code")]
    partnership_ad_code: Annotated[str, Field(description="instead of post: a creator's ad code")]
    goal: Annotated[Goal, Field(description="Default: engagement. visits needs link, calls needs phone")]
    daily_budget: Budget
    """Budget per day. Minor units or "10.00 USD"."""
    lifetime_budget: Budget
    """Budget for all days, instead of `daily_budget`. Minor units or "50.00 USD"."""
    days: Annotated[int, Field(ge=1, le=90, description="how many days it runs, today included")]
    places: Annotated[list[str], Field(description='countries ("US") and names of places: ["Berlin"], ["Paris, FR"]')]
    age_min: Annotated[int, Field(ge=13, le=65)]
    age_max: Annotated[int, Field(ge=13, le=65)]
    gender: Literal["all", "women", "men"]
    interests: Annotated[list[str], Field(description="names of interests: any of them")]
    targeting: Annotated[TargetingLike, Field(description="instead of places, ages, gender and interests")]
    link: Annotated[str, Field(description="URL that the button opens")]
    phone: Annotated[str, Field(description="number that the button calls, with country code")]
    name: Annotated[str, Field(description="name of campaign, ad set and ad")]
    dsa_beneficiary: Annotated[str, Field(description="who benefits; for the EU and wherever the law asks")]
    dsa_payor: Annotated[str, Field(description="who pays, likewise; not needed if the account has defaults")]
    special_ad_categories: Annotated[list[str], Field(description="HOUSING, EMPLOYMENT, … Default: none")]


@op(
    "boost_post",
    effect="create",
    past="done",
    call_per_object=True,
    scopes=("ads_management", "pages_show_list", "pages_read_engagement", "pages_manage_ads", "instagram_basic"),
    cost="nothing: all of it is PAUSED",
    then=("activate_campaign", "preview_ad"),
    judge=lambda fb, params: [*_contradictions(params), *_audience(fb, params, {})],
)
def boost_post(fb: FacebookAds, ad_account_id: str, **params: Unpack[Boost]) -> Launched:
    """Promote an existing post. Creates campaign, ad set, creative and ad of it, all PAUSED.

    Required: a budget, `days`, and `places` or `targeting`. `post` is an ID or permalink of list_posts, or "best": the
    post of the last 7 days with the most engagement that Meta does not call ineligible. If Meta refuses it, everything
    is deleted again. `activate_campaign` starts it.

    >>> boost_post(fb, "act_1", daily_budget="10.00 USD", days=5, places=["US"]).state
    'complete'
    """
    _, spec = chosen_and_spec(fb, ad_account_id, params)
    try:
        return run.launch(fb, ad_account_id, spec)
    except ParameterError as error:
        raise in_own_names(error, params) from None


@no_op("part of boost_post")
def in_own_names(error: ParameterError, params: Mapping[str, Any]) -> ParameterError:
    """Return what is wrong with the launch of a boost, under the names of the boost's parameters.

    >>> print(in_own_names(ParameterError([Violation("adsets.0.dsa_payor", MISSING, "who pays")]), {}).violations[0])
    dsa_payor is required: who pays
    """
    own = {}
    for found in error.violations:
        parts, name = found.field.split("."), found.field
        places = [number for number, part in enumerate(parts) if part in Boost.__annotations__ or part in _OWN]
        if places and "targeting" in params and "targeting" in parts:
            name = ".".join(parts[parts.index("targeting") :])
        elif places:
            name = _OWN.get(parts[places[-1]]) or ".".join(parts[places[-1] :])
        renamed = replace(found, field=name)
        own[str(renamed)] = renamed
    return ParameterError(own.values())


_OWN = {
    "end_time": "days",
    "promoted_object": "page_id",
    "call_to_action": "link",
    "creative": "post",
    "genders": "gender",
    "flexible_spec": "interests",
    "geo_locations": "places",
    "targeting": "places",
    **dict.fromkeys(("optimization_goal", "destination_type", "objective", "billing_event", "bid_strategy"), "goal"),
}
"""The parameter of a boost from which a part of its launch is made."""


@no_op("boost_post launches it, and its plan shows it")
def chosen_and_spec(fb: FacebookAds, ad_account_id: str, params: Boost) -> tuple[list[Promotable], dict[str, Any]]:
    """Return the post that is chosen, with the better ones that are ineligible after it, and the launch of its boost.

    Raises `ParameterError` with everything that is wrong.

    >>> posts, spec = chosen_and_spec(fb, "act_1", {"daily_budget": 1000, "days": 5, "places": ["US"]})
    >>> posts[0].text, spec["adsets"][0]["optimization_goal"]
    ('How we roast', 'POST_ENGAGEMENT')
    """
    goal, audience = params.get("goal", "engagement"), dict[str, Any]()
    wrong = [*refused(checked, Boost, params), *_contradictions(params)]
    if not any(each.field.partition(".")[0] in _WORDS for each in wrong):
        wrong += _audience(fb, params, audience)
    if wrong:
        raise ParameterError(wrong)
    post, *skipped = _chosen(fb, ad_account_id, params)
    way = (_ON_INSTAGRAM if post.instagram_user_id else {}).get(goal) or _WAYS[goal]
    name = params.get("name") or f"Boost {post.text[:40] or post.id}"
    zone, last = zone_of(fb.timezone(ad_account_id)), fb.today(ad_account_id) + timedelta(days=params["days"])
    adset: dict[str, Any] = {
        "name": name,
        "optimization_goal": way.goal,
        "billing_event": "IMPRESSIONS",
        "bid_strategy": "LOWEST_COST_WITHOUT_CAP",
        **{name: params[name] for name in _PASSED if name in params},  # type: ignore[literal-required]
        "end_time": datetime.combine(last, time(), zone).isoformat(),
        "targeting": params.get("targeting") or audience,
        "ads": [{"name": name, "creative": {"name": name[:100], **_creative(post, way, params)}}],
    }
    if way.destination:
        adset["destination_type"] = way.destination
    if goal not in ("visits", "calls"):  # Meta wants no promoted object where a link or a call is promoted
        adset["promoted_object"] = {"page_id": post.page_id}
    categories = params.get("special_ad_categories", [])
    campaign = {"name": name, "objective": way.objective, "special_ad_categories": categories}
    return [post, *skipped], {"campaign": campaign, "adsets": [adset]}


def _contradictions(params: Mapping[str, Any]) -> Iterator[Violation]:
    if ("daily_budget" in params) == ("lifetime_budget" in params):
        given = params.get("daily_budget", MISSING)
        yield Violation("daily_budget", given, "exactly one of daily_budget and lifetime_budget")
    if "days" not in params:
        yield Violation("days", MISSING, "how many days it runs, 1 to 90")
    if not (params.get("places") or params.get("targeting")):
        yield Violation("places", MISSING, 'countries or places, such as ["US"] or ["Berlin"], or targeting')
    for name in _WORDS if params.get("targeting") else ():
        if params.get(name) not in (None, [], "all"):
            yield Violation(name, params[name], "either targeting, or places, ages, gender and interests")
    phone, link = params.get("phone"), params.get("link")
    if params.get("goal") == "calls" and not phone:
        yield Violation("phone", MISSING, "the number to call, with its country code")
    elif phone is not None and not re.fullmatch(r"\+?[\d ()/.-]{5,}", phone.strip()):
        yield Violation("phone", phone, "the number to call, with its country code: +49 30 123456")
    if link is not None and not re.match("https?://", link.strip(), re.IGNORECASE):
        yield Violation("link", link, "a URL that begins with https://")
    if "partnership_ad_code" in params and "page_id" not in params:
        yield Violation("page_id", MISSING, "the Page that publishes the partnership ad")


def _chosen(fb: FacebookAds, account: str, params: Boost) -> list[Promotable]:
    """Return the post to promote, then the better ones that are ineligible. Raises `ParameterError` with the choice."""
    lacks_link, chosen = params.get("goal") == "visits" and not params.get("link"), params.get("post", "best")
    skipped: list[Promotable] = []
    if "partnership_ad_code" in params:
        return [Promotable("", "partnership ad", params["page_id"], "", "partnership ad")]
    if chosen.replace("_", "", 1).isdecimal():
        found = [post_by_id(fb, account, chosen)]
    else:
        listed = list_posts(fb, account, page_id=params.get("page_id"), days=7 if chosen == "best" else 365).posts
        best = [post for post in listed if post.eligible is not False and (post.link or not lacks_link)]
        named = [post for post in listed if post.permalink and _address(post.permalink) == _address(chosen)]
        found = best[:1] if chosen == "best" else named
        if not found:
            names = ", ".join(f'{post.id} "{post.text[:40]}"' for post in best[:5]) or "none in these days"
            raise ParameterError([Violation("post", chosen, f"one of list_posts: {names}")])
        better = [post for post in listed if chosen == "best" and post.engagement > found[0].engagement]
        skipped = [post for post in better if post.eligible is False]
    if found[0].eligible is False:
        reason = found[0].reason or "Meta gives no reason"
        raise ParameterError([Violation("post", chosen, f"one that Meta does not call ineligible: {reason}")])
    if lacks_link and not found[0].link:
        raise ParameterError([Violation("link", MISSING, "the URL to visit: the post shares no link")])
    return [found[0], *skipped]


def _address(url: str) -> str:
    """Return what a permalink points to, whatever the host's prefix, the kind of link and what tracks it."""
    try:
        parts = urlsplit(url if "//" in url else f"https://{url}")
    except ValueError:  # no address, such as "[["
        return url
    if "instagram" in parts.netloc and (code := _SHORTCODE.search(parts.path)):
        return code[1]
    ids = sorted(pair for pair in parse_qsl(parts.query) if pair[0] in ("story_fbid", "id", "fbid", "v"))
    return f"{parts.path.strip('/')} {ids}"


@no_op("the plan of an ad shows its post")
def post_by_id(fb: FacebookAds, account: str, post_id: str) -> Promotable:
    """Return a post or media of any age. What may not be read is left to Meta.

    >>> post_by_id(fb, "act_1", "108356564252733_122101000000000002").text
    'How we roast'
    """
    page_id, _, rest = post_id.partition("_")
    if rest:
        try:
            return _promotable(fb.posts.get(post_id), page_id)
        except PermissionDeniedError:
            return Promotable(post_id, "Page post", page_id)
    media = fb.posts.get(post_id)
    owner = str(object_in(getattr(media, "owner", None)).get("id") or "")
    for page in fb.adaccounts.promote_pages(account, fields=_PAGE):
        if owner and owner == _instagram_of(page):
            return _promotable(media, page.id, owner)
    raise ParameterError([Violation("post", post_id, "media of an Instagram account of list_instagram_accounts")])


def _creative(post: Promotable, way: _Way, params: Boost) -> dict[str, Any]:
    """Return the creative: the post alone, with a button only where the goal needs one."""
    link = f"tel:{params['phone']}" if way.button == "CALL_NOW" else params.get("link")
    chat = {"app_destination": way.destination} if way.button == "MESSAGE_PAGE" else {}
    more: dict[str, Any] = {}
    if way.button and (link or chat):  # a post that shares a link has its own button, and may refuse another
        more = {"call_to_action_type": way.button, **given(link=link or None), **chat}
    if code := params.get("partnership_ad_code"):
        return {"partnership_ad_code": code, "page_id": post.page_id, **more}
    if not post.instagram_user_id:
        return {"object_story_id": post.id, **more}
    user = {"page_id": post.page_id, "instagram_user_id": post.instagram_user_id}
    return {"source_instagram_media_id": post.id, **user, **more}


def _audience(fb: FacebookAds, params: Mapping[str, Any], targeting: dict[str, Any]) -> Iterator[Violation]:
    """Make targeting of words. Yields what Meta has instead of a name that is unknown, or is that of several places."""
    geo: dict[str, list[Any]] = {}
    for place in params.get("places") or ():
        if re.fullmatch("[A-Za-z]{2}", code := place.strip()):
            geo.setdefault("countries", []).append(code.upper())
            continue
        found_place, allowed = place_named(fb, place)
        if found_place is None:
            yield Violation("places", place, allowed or "a country, region or city")
        elif found_place.type == "country":
            geo.setdefault("countries", []).append(found_place.country_code or found_place.key)
        else:
            geo.setdefault("cities" if found_place.type == "city" else "regions", []).append(as_target(found_place))
    interests = []
    for interest in params.get("interests") or ():
        options = fb.targeting.search_interests(interest, limit=5)
        found = [each for each in options if (each.name or "").casefold() == interest.casefold()]
        if not found:
            names = ", ".join(f"{option.name} ({option.type})" for option in options if option.name)
            yield Violation("interests", interest, names or "a name of search_interests")
        interests += [{"id": each.id, "name": each.name} for each in found[:1]]
    targeting |= {"geo_locations": geo, **{name: params[name] for name in ("age_min", "age_max") if name in params}}
    if gender := {"women": [2], "men": [1]}.get(params.get("gender", "all")):
        targeting["genders"] = gender
    if interests:
        targeting["flexible_spec"] = [{"interests": interests}]
    targeting["targeting_automation"] = {"advantage_audience": 0}


@dataclass(frozen=True, slots=True)
class CommentList:
    """The comments of a post. They are personal data of their authors: show them, store nothing."""

    post_id: str
    page_id: str
    comments: list[Comment]


@op(
    "list_comments",
    access="read",
    scopes=(*_POSTS, "pages_read_user_content", "instagram_manage_comments"),
    then=("reply_to_comment", "hide_comment"),
)
def list_comments(
    fb: FacebookAds,
    *,
    ad_id: str | None = None,
    post_id: Annotated[str, Field(description="instead: <page>_<post>, or the ID of Instagram media")] | None = None,
    limit: Annotated[int, Field(ge=1, le=500, description="Default: 50 of each post")] = 50,
) -> list[CommentList]:
    """List the comments on an ad or a post. Those on Facebook (newest first) and Instagram.

    Ads of catalogs and stories have none. Comments are personal data: nothing of them is stored.

    >>> list_comments(fb, post_id="108356564252733_122101000000000001")[0].comments[0].author
    'Ana Silva'
    """
    if (ad_id is None) == (post_id is None):
        raise ParameterError([Violation("ad_id", MISSING, "exactly one of ad_id and post_id")])
    posts = [str(post_id)]
    if ad_id is not None:
        names = ("effective_object_story_id", "effective_instagram_media_id")
        creative: Any = fb.ads.get(ad_id, fields=["id", f"creative{{{','.join(names)}}}"]).creative
        posts = [str(value) for name in names if (value := getattr(creative, name, None))]
    pages = {post: post.partition("_")[0] if "_" in post else "" for post in posts}
    return [CommentList(post, page, [*islice(fb.posts.comments(post), limit)]) for post, page in pages.items()]
