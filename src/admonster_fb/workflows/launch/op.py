"""The `launch_campaign` op, and the changes that its plan shows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import Field
from typing_extensions import Unpack

from admonster_fb.client import FacebookAds
from admonster_fb.errors import ParameterError, Violation
from admonster_fb.models.change import Change
from admonster_fb.models.launch import Launch, Launched, kind_of
from admonster_fb.objects import named
from admonster_fb.operation import no_op, op
from admonster_fb.paths import is_url, regular_file
from admonster_fb.workflows.launch import run
from admonster_fb.workflows.launch.expand import object_at, places
from admonster_fb.workflows.launch.journal import LaunchJournal
from admonster_fb.workflows.launch.validate import WITH_STATUS, validate_launch

LaunchId = Annotated[str, Field(pattern=r"^launch_[0-9a-f]{12}$", description="ID in the message of a stopped launch")]
_ADSET = {"name": "US", "daily_budget": "20.00 USD", "targeting": {"geo_locations": {"countries": ["US"]}}}
_CREATIVE = {"page_id": "1", "link": "https://example.com/", "message": "New", "image": "hero"}
_NOT_SPEC = ("ad_account_id", "resume", "rollback", "send_again")


@op(
    "launch_campaign",
    group="campaign",
    effect="create",
    changes="campaigns",
    past="done",
    call_per_object=True,
    scopes=("ads_management", "pages_show_list", "pages_read_engagement", "pages_manage_ads"),
    example={
        "preset": "traffic",
        "campaign": {"name": "Autumn sale", "special_ad_categories": []},
        "images": {"hero": "https://example.com/hero.png"},
        "adsets": [{**_ADSET, "ads": [{"name": "Hero", "creative": _CREATIVE}]}],
    },
    cost="nothing: all of it is PAUSED",
    then=("get_campaign", "preview_ad", "activate_campaign"),
)
def launch_campaign(
    fb: FacebookAds,
    ad_account_id: str,
    *,
    resume: LaunchId | None = None,
    rollback: LaunchId | None = None,
    send_again: bool = False,
    **spec: Unpack[Launch],
) -> Launched:
    """Create a campaign with ad sets and ads at once. All are PAUSED. Or continue a launch that stopped.

    `resume` completes a launch that stopped, `rollback` deletes what a launch created; both take no other arguments.
    `resume` with `send_again` creates what may have been created and does not show, once the user has looked for it.
    If Meta refuses something permanently, everything created is deleted. Budgets are in minor units of the account's
    currency (5000 is 50.00 USD) or `"50.00 USD"`; there is no default budget. `creative` of an ad is a name among
    `creatives`, `{"creative_id": …}`, or parts as create_creative takes them, with `image`, `video` and `form` by their
    names in `images`, `videos` and `forms`. To collect leads: preset leads_form, `form: "main"` in the creative, and
    `forms={"main": {"page_id": "1", "name": "Course", "questions": ["full name", "phone"], "privacy_policy":
    "https://…"}}`; a rollback archives forms. `cities` may be names: ["Berlin"], ["Paris, FR"]. Ad sets that reach the
    EU need `dsa_beneficiary` and `dsa_payor`, unless the account has defaults.

    >>> launch_campaign(fb, "act_1", preset="traffic", campaign={"name": "Sale", "special_ad_categories": []}).state
    'complete'
    """
    _check_exclusive(resume, rollback, spec, send_again=send_again)
    if resume is not None:
        return run.resume(fb, resume, send_again=send_again)
    return run.rollback(fb, rollback) if rollback is not None else run.launch(fb, ad_account_id, spec)


def _check_exclusive(resume: str | None, rollback: str | None, spec: Mapping[str, Any], *, send_again: bool) -> None:
    if send_again and resume is None:
        raise ParameterError([Violation("send_again", True, "resume of a launch that stopped")])
    names = [name for name, value in {"resume": resume, "rollback": rollback}.items() if value is not None]
    if len(names) + bool(spec) > 1:
        raise ParameterError([Violation(names[0], "with other arguments", "resume or rollback alone, or a new launch")])


@no_op("a plan of launch_campaign shows it")
def preview(fb: FacebookAds, arguments: Mapping[str, Any]) -> Iterator[Change]:
    """Yield the changes that `launch_campaign` with these arguments would make; nothing is sent.

    >>> [change.node for change in preview(fb, {"ad_account_id": "act_1", "preset": "traffic",
    ...     "campaign": {"name": "Sale", "special_ad_categories": []}})]
    ['campaigns']
    """
    spec = {name: value for name, value in arguments.items() if name not in _NOT_SPEC}
    resume, rollback = arguments.get("resume"), arguments.get("rollback")
    _check_exclusive(resume, rollback, spec, send_again=arguments.get("send_again", False))
    if rollback is not None:
        journal = LaunchJournal.load(rollback)
        for place, node_id in sorted(journal.created.items(), key=lambda item: item[0] != "campaign"):
            if place not in journal.preexisting:
                yield Change(_edge(place), node_id, _params(journal.spec, place).get("name"), {"status": "PAUSED"}, {})
    elif resume is not None:
        journal = LaunchJournal.load(resume)
        yield from (_creation(journal.spec, place) for place in places(journal.spec) if place not in journal.created)
    else:
        full, tree, _ = validate_launch(fb, arguments["ad_account_id"], spec)
        # Amounts in minor units from the tree; each ad with the name of its creative, as it was written.
        adsets = [{**typed, "ads": adset["ads"]} for adset, typed in zip(full["adsets"], tree["adsets"], strict=True)]
        full = {**full, "campaign": tree["campaign"], "adsets": adsets}
        yield from (_creation(full, place) for place in places(full))


def _edge(place: str) -> str:
    kind = named("leadgen_forms" if kind_of(place) == "forms" else kind_of(place))
    return kind.edge if kind else place


def _creation(spec: Mapping[str, Any], place: str) -> Change:
    params = _params(spec, place)
    if isinstance(params.get("creative"), str):
        params["creative"] = spec["creatives"][params["creative"]]
    if form := (params.get("creative") or {}).get("form"):  # its own name, not that of the place
        name = spec.get("forms", {}).get(form, {}).get("name") or form
        params["creative"] = {**params["creative"], "form": name}
    paused = {"status": "PAUSED"} if kind_of(place) in WITH_STATUS else {}
    return Change(_edge(place), None, params.get("name"), {}, {**paused, **params})


def _params(spec: Mapping[str, Any], place: str) -> dict[str, Any]:
    """Return the parameters at a place; of a file its digest too, so that a plan is stale once the file changes."""
    params = object_at(spec, place)
    if kind_of(place) not in ("images", "videos"):
        return dict(params)
    source = {"name": place.partition(".")[2], "source": params}
    if is_url(params):
        return source
    with open(params, "rb", opener=regular_file) as file:
        return {**source, "sha256": hashlib.file_digest(file, "sha256").hexdigest()[:16]}
