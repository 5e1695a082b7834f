"""Everything about a launch that can be known before anything of it is sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from admonster_fb import media
from admonster_fb.errors import ParameterError, Violation
from admonster_fb.models._params import checked
from admonster_fb.models.campaign_tree import Tree
from admonster_fb.models.creativespec import CreativeParts
from admonster_fb.services._validation import to_violation, with_defaults
from admonster_fb.workflows.creative import creative_params
from admonster_fb.workflows.launch.expand import Spec, expand, places, resolved

if TYPE_CHECKING:
    from admonster_fb.client import FacebookAds
    from admonster_fb.rules import Finding

WEB = ("http://", "https://")
_TOLD = {"creative_id": "0"}
"""In the place of a creative with which something is wrong that has been said."""
_PAUSED = "PAUSED, or nothing: a launch never spends; activate it once it is there"


def ready(fb: FacebookAds, ad_account_id: str, spec: Mapping[str, Any]) -> tuple[Spec, Spec, list[Finding]]:
    """Return a launch expanded, the same as a tree in minor units with each creative in its ads, and warnings.

    Nothing is sent; the account's currency and least amounts are asked for once. Raises `ParameterError` with all that
    is wrong, of types, rules, names, statuses, files and currency alike.

    >>> ready(fb, "act_1", {"preset": "traffic", "campaign": {"name": "Sale"}})  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    admonster_fb.errors.ParameterError: campaign.special_ad_categories: given missing; allowed: ...
    """
    wrong: list[Violation] = []
    whole = expand(spec, wrong)
    fb.currency(ad_account_id)  # rules go by the account's least amounts once it is known
    wrong += [*_of_files(whole), *_statuses(whole), *_twice(whole)]
    tree: Any = _tree(whole, wrong)
    try:
        typed = checked(Tree, {**tree, "campaign": with_defaults("campaign", tree["campaign"])})
        tree = fb.in_minor_units(typed, ad_account_id)
    except ParameterError as error:
        wrong += error.violations
    told = {each.field for each in wrong}
    findings = [each for each in fb.check(tree) if each.field not in told]
    wrong += [to_violation(each) for each in findings if each.severity == "error"]
    if wrong:
        raise ParameterError({str(each): each for each in wrong}.values())
    return whole, tree, findings


def _tree(whole: Spec, wrong: list[Violation]) -> Spec:
    """Return the launch as the tree that rules judge, each creative in its ads."""
    names = {place: place for place in places(whole)}
    made = {name: _creative(name, parts, names, wrong) for name, parts in whole["creatives"].items()}

    def ad(each: Spec) -> Spec:
        creative = each.get("creative")
        return {**each, "creative": made.get(creative, _TOLD)} if isinstance(creative, str) else each

    adsets = [{**adset, "ads": [ad(each) for each in adset["ads"]]} for adset in whole["adsets"]]
    return {"campaign": whole["campaign"], "adsets": adsets}


def _creative(name: str, parts: Spec, names: Mapping[str, str], wrong: list[Violation]) -> Any:
    place = f"{name}.creative" if name.startswith("adsets.") else f"creatives.{name}"
    try:
        plain = checked(CreativeParts, resolved(parts, names))
        return creative_params(plain)
    except ParameterError as error:
        wrong += [Violation(f"{place}.{each.field}", each.given, each.allowed) for each in error.violations]
        return _TOLD


def _statuses(whole: Spec) -> Iterator[Violation]:
    nodes = [("campaign", whole["campaign"])]
    for number, adset in enumerate(whole["adsets"]):
        nodes += [(f"adsets.{number}", adset)]
        nodes += [(f"adsets.{number}.ads.{index}", ad) for index, ad in enumerate(adset["ads"])]
    for place, node in nodes:
        if node.get("status", "PAUSED") != "PAUSED":
            yield Violation(f"{place}.status", node["status"], _PAUSED)
        if "execution_options" in node:
            yield Violation(f"{place}.execution_options", node["execution_options"], "nothing: the launch sets it")


def _twice(whole: Spec) -> Iterator[Violation]:
    """Yield names that come twice: after a lost answer an object is looked for by its name."""
    groups = {"adsets": whole["adsets"]}
    groups |= {f"adsets.{number}.ads": adset["ads"] for number, adset in enumerate(whole["adsets"])}
    for place, nodes in groups.items():
        seen: Counter[str] = Counter()
        for number, node in enumerate(nodes):
            name = str(node.get("name"))
            seen[name] += 1
            if node.get("name") and seen[name] > 1:
                yield Violation(f"{place}.{number}.name", name, "another name than its siblings have")


def _of_files(whole: Spec) -> Iterator[Violation]:
    for name, source in whole["images"].items():
        yield from _attempt(f"images.{name}", source, picture)
    for name, source in whole["videos"].items():
        yield from _attempt(f"videos.{name}", source, _video)


def _attempt(place: str, source: str, look: Callable[[str, str], object]) -> Iterator[Violation]:
    try:
        look(source, place)
    except ParameterError as error:
        yield from (Violation(place, each.given, each.allowed) for each in error.violations)


def picture(source: str, place: str) -> bytes | None:
    """Return a picture's content once it was looked at; of a URL nothing, it is fetched when it is needed."""
    if source.startswith(WEB):
        media.check_url(source, place)
        return None
    content = _content(source, place)
    media.inspect_image(content, place)
    return content


def _video(source: str, place: str) -> None:
    if source.startswith(WEB):
        media.check_url(source, place)
    elif not Path(source).is_file():
        raise ParameterError([Violation(place, source, "a file that can be read")])


def _content(source: str, place: str) -> bytes:
    try:
        media.check_size(Path(source).stat().st_size, place)
        return Path(source).read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "no such path"
        raise ParameterError([Violation(place, source, f"a readable file ({reason})")]) from None
