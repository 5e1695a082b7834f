"""A launch carried out: pictures, campaign, ad sets and creatives, ads, each kind in batches; then read back.

A step that fails ends the launch after the objects beside it: nothing is made under a parent that is not there. A lost
answer is looked up by the batch itself, and after a crash by what the journal notes as sent.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from admonster_fb import media
from admonster_fb.errors import FacebookAdsError, InvalidParameterError, OutcomeUnknown, ParameterError
from admonster_fb.models.launch import kind_of
from admonster_fb.workflows.creative import creative_params
from admonster_fb.workflows.launch.expand import Spec, places, resolved
from admonster_fb.workflows.launch.journal import Notes
from admonster_fb.workflows.launch.validate import WEB, picture
from admonster_fb.workflows.launch.verify import older

if TYPE_CHECKING:
    from admonster_fb.client import FacebookAds

log = logging.getLogger("admonster_fb")
Progress = Callable[[int, int], object]
"""Told how many objects of how many are there."""
ADS_AT_ONCE = 10
"""Ads in one batch, as Meta advises: `api_facts.md` section 7."""
THREADS = 4
BYTES_AT_ONCE = 16_000_000
IMAGES_AT_ONCE = 50
_FILES = frozenset({".jpg", ".jpeg", ".png"})
CHECK_ONLY = {"execution_options": ["validate_only"]}


class Wanted(NamedTuple):
    """One object to be made: the method that makes it, and its arguments."""

    method: Callable[..., Any]
    params: Mapping[str, Any]


class Run:
    """The making of one launch, by its journal. `failed` has the errors by place once a step has ended."""

    def __init__(self, fb: FacebookAds, notes: Notes, progress: Progress | None = None) -> None:
        self.fb = fb
        self.notes = notes
        self.whole: Spec = notes.whole
        self.failed: dict[str, FacebookAdsError] = {}
        self._progress = progress
        self._of = len(places(self.whole))

    def go(self, *, validate: bool = True) -> None:
        """Make all that is not there yet."""
        steps = (self.images, self._videos, *((self._checked_at_meta,) if validate else ()), self._campaign)
        steps += (*((self._adsets_checked_at_meta,) if validate else ()), self._adsets_and_creatives, self._ads)
        for step in steps:
            step()
            if self.failed:
                return

    def images(self) -> None:
        """Upload pictures, some at a time."""
        group: dict[str, Wanted] = {}
        size = 0
        for place, source in self._missing("images"):
            try:
                wanted, more = self._image(place, source)
            except FacebookAdsError as error:
                self.failed[place] = error
                return
            if group and (size + more > BYTES_AT_ONCE or len(group) == IMAGES_AT_ONCE):
                self._batch(group)
                group, size = {}, 0
            group[place], size = wanted, size + more
        self._batch(group)

    def _image(self, place: str, source: str) -> tuple[Wanted, int]:
        content = picture(source, place)
        if content is None:
            content = media.fetch(source, name=place)
            media.inspect_image(content, place)
        if not source.startswith(WEB) and Path(source).suffix.lower() in _FILES:
            return Wanted(self.fb.adimages.create, {"filename": source}), len(content)
        return Wanted(self.fb.adimages.create, {"bytes": content}), len(content)

    def _videos(self) -> None:
        """Upload videos and wait until ads can use them. A file whose upload was cut is uploaded again."""
        for place, source in self._missing("videos"):
            if source.startswith(WEB):
                self._batch({place: Wanted(self.fb.advideos.create, {"file_url": source})})
            else:
                self.notes.sending([place], self.fb.now())
                with self._told(place):
                    self.notes.done({place: self.fb.advideos.create(self.notes.account, filename=source).id})
        for name in self.whole["videos"] if not self.failed else ():
            place = f"videos.{name}"
            if any(self._lacks(ad) for ad in self._ad_places()):
                with self._told(place):
                    self.fb.advideos.wait(self.notes.ids[place])

    def _campaign(self) -> None:
        self._batch({"campaign": Wanted(self.fb.campaigns.create, self.whole["campaign"])})

    def _adsets_and_creatives(self) -> None:
        self._batch({**self._adsets(), **self._creatives()})

    def _adsets(self) -> dict[str, Wanted]:
        campaign = self.notes.ids["campaign"]
        return {
            f"adsets.{number}": Wanted(
                self.fb.adsets.create,
                {"campaign_id": campaign, **{name: value for name, value in adset.items() if name != "ads"}},
            )
            for number, adset in enumerate(self.whole["adsets"])
        }

    def _creatives(self) -> dict[str, Wanted]:
        ids = self.notes.ids
        return {
            f"creatives.{name}": Wanted(self.fb.adcreatives.create, creative_params(resolved(parts, ids)))
            for name, parts in self.whole["creatives"].items()
        }

    def _ads(self) -> None:
        wanted: dict[str, Wanted] = {}
        for place in filter(self._lacks, self._ad_places()):
            _, number, _, index = place.split(".")
            ad = self.whole["adsets"][int(number)]["ads"][int(index)]
            named = ad["creative"]
            creative = {"creative_id": self.notes.ids[f"creatives.{named}"]} if isinstance(named, str) else named
            params = {**ad, "adset_id": self.notes.ids[f"adsets.{number}"], "creative": creative}
            wanted[place] = Wanted(self.fb.ads.create, params)
        each = [*wanted.items()]
        groups = [dict(each[start : start + ADS_AT_ONCE]) for start in range(0, len(each), ADS_AT_ONCE)]
        with ThreadPoolExecutor(THREADS, thread_name_prefix="launch") as pool:
            # Each thread in a copy of this one's context: what gathers trace ids is in it.
            contexts = [copy_context() for _ in groups]
            list(pool.map(lambda context, group: context.run(self._batch, group), contexts, groups))

    def _checked_at_meta(self) -> None:
        """Have Meta check what needs no parent that is not there yet."""
        wanted = {place: wanted for place, wanted in self._creatives().items() if self._lacks(place)}
        if self._lacks("campaign"):
            wanted["campaign"] = Wanted(self.fb.campaigns.create, self.whole["campaign"])
        self._validate(wanted)

    def _adsets_checked_at_meta(self) -> None:
        self._validate({place: wanted for place, wanted in self._adsets().items() if self._lacks(place)})

    def _validate(self, wanted: Mapping[str, Wanted]) -> None:
        """Take what Meta refuses as failed; a check that could not be made proves nothing."""
        items = self._added(
            {place: Wanted(each.method, {**each.params, **CHECK_ONLY}) for place, each in wanted.items()}
        )
        for place, item in items.items():
            if item.error is not None and refused_for_good(item.error):
                self.failed[place] = item.error
            elif item.error is not None:
                log.info("launch: Meta could not check %s: %s", place, item.error)

    def _batch(self, wanted: Mapping[str, Wanted]) -> None:
        """Make what is not there yet, all in one batch, and note it before and after."""
        todo = {place: each for place, each in wanted.items() if self._lacks(place)}
        if not todo:
            return
        doubts = {place: since for place, since in self.notes.sent.items() if place in todo}
        items = self._added(todo, doubts)
        made = {place: item.result() for place, item in items.items() if item.error is None}
        lost = {place: item.error for place, item in items.items() if item.error is not None}
        ids = {place: node.hash if kind_of(place) == "images" else node.id for place, node in made.items()}
        old = [place for place in made if kind_of(place) == "creatives" and older(made[place].name, self.notes.at)]
        self.notes.done(ids, old)
        self.notes.refused(place for place, error in lost.items() if not isinstance(error, OutcomeUnknown))
        self.failed.update(lost)
        if self._progress is not None:
            self._progress(len(self.notes.ids), self._of)

    def _added(self, wanted: Mapping[str, Wanted], doubts: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Send calls as one batch; nothing if our own checks refuse one of them."""
        batch = self.fb.batch()
        items: dict[str, Any] = {}
        for place, (method, params) in wanted.items():
            try:
                items[place] = batch.add(method, self.notes.account, **params)
            except FacebookAdsError as error:
                self.failed[place] = error
        if len(items) < len(wanted):
            return {}
        for place, since in (doubts or {}).items():
            batch.mark_maybe_sent(items[place], since)
        if doubts is not None:
            self.notes.sending(items, self.fb.now())
        batch.run()
        return items

    @contextmanager
    def _told(self, place: str) -> Iterator[None]:
        """Keep an error by its place instead of raising it."""
        try:
            yield
        except FacebookAdsError as error:
            self.failed[place] = error

    def _missing(self, kind: str) -> Iterator[tuple[str, str]]:
        for name, source in self.whole[kind].items():
            if self._lacks(f"{kind}.{name}"):
                yield f"{kind}.{name}", source

    def _lacks(self, place: str) -> bool:
        return place not in self.notes.ids

    def _ad_places(self) -> list[str]:
        return [place for place in places(self.whole) if kind_of(place) == "ads"]


def refused_for_good(error: FacebookAdsError) -> bool:
    """Tell whether an error is about what was asked for: the same again would be refused again.

    >>> refused_for_good(ParameterError([]))
    True
    """
    return isinstance(error, ParameterError | InvalidParameterError)
