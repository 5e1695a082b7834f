"""Validation of a launch: everything that can be known before anything is sent."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice, product
from operator import itemgetter
from pathlib import Path
from typing import Any

from admonster_fb import media
from admonster_fb.analysis.figures import grouped
from admonster_fb.client import FacebookAds
from admonster_fb.errors import MISSING, APIError, ParameterError, Violation, collecting, refused
from admonster_fb.models._node import object_in, objects_in
from admonster_fb.models._params import checked
from admonster_fb.models.launch import Tree, kind_of
from admonster_fb.models.leadgen import LeadgenFormCreate
from admonster_fb.paths import is_url
from admonster_fb.rules import Finding, leadgen
from admonster_fb.rules.core import country_of
from admonster_fb.services._validation import to_violation, with_defaults
from admonster_fb.workflows.creative import CreativeParts, creative_params
from admonster_fb.workflows.launch.expand import Spec, expand, object_at, places, resolve_references
from admonster_fb.workflows.media import net_of
from admonster_fb.workflows.places import named_places

WITH_STATUS = ("campaign", "adsets", "ads")
"""Kinds of objects that have a status, and can deliver."""
_PLACEHOLDER = {"creative_id": "0"}
"""In place of a creative whose parts are not valid; they have violations of their own."""


def validate_launch(fb: FacebookAds, ad_account_id: str, spec: Mapping[str, Any]) -> tuple[Spec, Spec, list[Finding]]:
    """Return a launch expanded, the same as a tree in minor units with each creative in its ads, and warnings.

    Nothing is sent; the account's currency and minimum budgets are read once. Raises `ParameterError` with everything
    that is wrong: types, rules, names, statuses, files and currency.

    >>> validate_launch(fb, "act_1", {"preset": "traffic", "campaign": {"name": "Sale"}})  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    admonster_fb.errors.ParameterError: campaign.special_ad_categories is required...
    """
    violations: list[Violation] = []
    full = expand(spec, violations)
    full = {**full, "adsets": _with_named_places(fb, full["adsets"], violations)}
    _name_places(fb, full["adsets"])
    fb.currency(ad_account_id)  # budget rules use the account's minimums once they are known
    violations += [*_unusable_files(full, net_of(fb)), *_reserved_fields(full), *_duplicate_names(full)]
    violations += _invalid_forms(full)
    tree = build_tree(full, violations)
    with collecting(violations):
        tree = in_minor_units(fb, ad_account_id, tree)
    invalid = {violation.field for violation in violations}
    findings = [finding for finding in fb.check(tree) if finding.field not in invalid]
    violations += [to_violation(finding) for finding in findings if finding.severity == "error"]
    if violations:
        written = [replace(found, field=_as_written(found.field, spec)) for found in violations]
        written = _with_pages(fb, ad_account_id, written)
        raise ParameterError({str(violation): violation for violation in written}.values())
    return full, tree, findings


def _with_named_places(fb: FacebookAds, adsets: list[Any], violations: list[Violation]) -> list[Any]:
    """Return ad sets in which a city or region that is given by its name is what Meta has of this name."""
    adsets = copy.deepcopy(adsets)
    for number, adset in enumerate(adsets):
        geo = _geo(adset)
        for kind, index, target, allowed in [*named_places(fb, adset.get("targeting"))]:
            if target is None:
                place = f"adsets.{number}.targeting.geo_locations.{kind}.{index}"
                violations.append(Violation(place, geo[kind][index], allowed))
            geo[kind][index] = target or {"key": "0"}
    return adsets


def _name_places(fb: FacebookAds, adsets: list[Any]) -> None:
    """Add name and country to cities, regions and the like that only have a key: rules and readers need them."""
    bare: list[tuple[str, Spec]] = []
    for geo, kind in product((_geo(adset) for adset in adsets), ("cities", "regions", "geo_markets")):
        found_in = objects_in(geo.get(kind))
        bare += [(kind, entry) for entry in found_in if entry.get("key") and not country_of(entry)]
    keys = {kind: [str(entry["key"]) for _, entry in group] for kind, group in grouped(bare, itemgetter(0)).items()}
    try:
        found = fb.targeting.geo_metadata(**keys).data if keys else {}
    except APIError:
        return
    for kind, entry in bare:
        if option := found.get(kind, {}).get(str(entry["key"])):
            names = {"name": option.name, "country": option.country_code}
            entry |= {name: value for name, value in names.items() if value and name not in entry}


def _geo(adset: Any) -> dict[str, Any]:
    return object_in(object_in(adset.get("targeting")).get("geo_locations"))


def _as_written(field: str, spec: Mapping[str, Any]) -> str:
    """Return where a value stands in the launch as it was written: among the defaults, if it comes from there."""
    found = re.fullmatch(r"adsets\.(\d+)\.(?!ads\b)(\w+.*)", field)
    if found is None:
        return field
    own, default, path = spec["adsets"][int(found[1])], (spec.get("defaults") or {}).get("adset") or {}, found[2]
    return f"defaults.adset.{path}" if not _holds(own, path) and _holds(default, path) else field


def _holds(node: Any, path: str) -> bool:
    name, _, rest = path.partition(".")
    if isinstance(node, list):
        return name.isdecimal() and int(name) < len(node) and (not rest or _holds(node[int(name)], rest))
    return isinstance(node, Mapping) and name in node and (not rest or _holds(node[name], rest))


def build_tree(spec: Spec, violations: list[Violation]) -> Spec:
    """Return an expanded launch as the tree that rules check, each creative in its ads."""
    ids = {place: place for place in places(spec)}
    creatives: dict[str, Any] = {}
    for name, parts in spec["creatives"].items():
        try:
            creatives[name] = creative_params(checked(CreativeParts, resolve_references(parts, ids)))
        except ParameterError as error:
            creatives[name] = _PLACEHOLDER
            place = f"{name}.creative" if name.startswith("adsets.") else f"creatives.{name}"
            for item in error.violations:
                lacks_content = item.given is MISSING and item.field == "image_hash"  # here it is given by its name
                by_name = "image or video, by a name among images or videos; or " if lacks_content else ""
                allowed = f"{by_name}{item.allowed}"
                violations.append(replace(item, field=f"{place}.{item.field}", allowed=allowed))

    def with_creative(ad: Spec) -> Spec:
        creative = ad.get("creative")
        return {**ad, "creative": creatives.get(creative, _PLACEHOLDER)} if isinstance(creative, str) else ad

    adsets = [{**adset, "ads": [with_creative(ad) for ad in adset["ads"]]} for adset in spec["adsets"]]
    return {"campaign": spec["campaign"], "adsets": adsets}


def in_minor_units(fb: FacebookAds, ad_account_id: str, tree: Mapping[str, Any]) -> Spec:
    """Return a tree with amounts in minor units. Raises `ParameterError` for wrong types or another currency."""
    params = {**tree, "campaign": with_defaults("campaign", tree["campaign"])}
    return fb.in_minor_units(checked(Tree, params), ad_account_id)


def _reserved_fields(spec: Spec) -> Iterator[Violation]:
    for place in places(spec):
        if kind_of(place) not in WITH_STATUS:
            continue
        params = object_at(spec, place)
        if params.get("status", "PAUSED") != "PAUSED":
            allowed = "PAUSED or no status: a launch never spends. Activate the campaign after the launch"
            yield Violation(f"{place}.status", params["status"], allowed)
        if "execution_options" in params:
            yield Violation(f"{place}.execution_options", params["execution_options"], "no value: the launch sets it")


def _duplicate_names(spec: Spec) -> Iterator[Violation]:
    """Yield names that siblings share: after a lost response, an object is looked up by its name."""
    siblings = {"adsets": spec["adsets"]}
    siblings |= {f"adsets.{number}.ads": adset["ads"] for number, adset in enumerate(spec["adsets"])}
    for place, nodes in siblings.items():
        names = [str(node.get("name") or "") for node in nodes]
        for number, name in enumerate(names):
            if name and name in names[:number]:
                yield Violation(f"{place}.{number}.name", name, "a name that no sibling has")


def _with_pages(fb: FacebookAds, account: str, violations: list[Violation]) -> list[Violation]:
    """Return violations in which a missing Page names those of the account."""
    lacking = [each for each in violations if each.field.endswith(".page_id") and each.given is MISSING]
    if not lacking:
        return violations
    try:
        found = [f'{page.id} "{page.name}"' for page in islice(fb.adaccounts.promote_pages(account), 5)]
    except APIError:
        found = []
    pages = f"list_pages: {', '.join(found) or 'see there'}"
    return [replace(each, allowed=f"{each.allowed}; {pages}") if each in lacking else each for each in violations]


def _invalid_forms(spec: Spec) -> list[Violation]:
    wrong: list[Violation] = []
    for name, form in spec["forms"].items():
        if not str(form.get("page_id", "")).isdecimal():
            wrong.append(Violation(f"forms.{name}.page_id", form.get("page_id", MISSING), "the ID of the form's Page"))
        with collecting(wrong, f"forms.{name}"):
            params = checked(LeadgenFormCreate, {key: value for key, value in form.items() if key != "page_id"})
            raise ParameterError(leadgen.refusals(params))
    return wrong


def _unusable_files(spec: Spec, net: media.Net) -> Iterator[Violation]:
    for place in places(spec):
        if kind_of(place) not in ("images", "videos"):
            continue
        source = object_at(spec, place)
        if kind_of(place) == "videos" and not is_url(source):
            if not Path(source).is_file():
                yield Violation(place, source, "a readable file")
            continue
        yield from (replace(item, field=place) for item in refused(read_image, source, place, net))


def read_image(source: str, place: str, net: media.Net = media.INTERNET) -> bytes | None:
    """Return the content of an image file once it is inspected, `None` for a URL. Raises `ParameterError`."""
    if is_url(source):
        media.check_url(source, place, net)
        return None
    content = media.read_file(source, place)
    media.inspect_image(content, place)
    return content
