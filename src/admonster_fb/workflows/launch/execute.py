"""Execution of a launch: images, videos, lead forms, campaign, ad sets and shared creatives, ads with their own ones.

Each kind is sent in batches. A step that fails ends the launch after the other objects of that step: nothing is created
under a parent that does not exist. A lost response is looked up by the batch; after a crash, by what the journal
recorded as pending. A creative that may have come to be with an ad without a clean answer is created by itself: for the
same content Meta names the existing one.
"""

from __future__ import annotations

import functools
import json
import logging
import re
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from contextvars import Context, ContextVar, copy_context
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from admonster_fb import media
from admonster_fb.client import FacebookAds
from admonster_fb.errors import FacebookAdsError, InvalidParameterError, OutcomeUnknown, ParameterError
from admonster_fb.models.launch import kind_of
from admonster_fb.paths import is_url
from admonster_fb.transport.observability import bound
from admonster_fb.transport.request import Call
from admonster_fb.transport.video_upload import STARTED, is_uploaded
from admonster_fb.workflows.creative import creative_params
from admonster_fb.workflows.launch.expand import Spec, object_at, places, references, resolve_references
from admonster_fb.workflows.launch.journal import LaunchJournal
from admonster_fb.workflows.launch.validate import read_image
from admonster_fb.workflows.media import net_of

log = logging.getLogger("admonster_fb")
LaunchProgress = Callable[[int, int], object]
"""Called with the number of objects that exist and the number of objects of the launch."""
_PROGRESS: ContextVar[LaunchProgress | None] = ContextVar("progress", default=None)
_DATED_NAME = re.compile(r" (\d{4}-\d\d-\d\d)-[0-9a-f]{32}\Z")
ADS_PER_BATCH = 20
"""Twice what Meta advises, and not half of what it allows (`docs/meta-rules.md#rate-limits`): 500 in 25 requests."""
CAREFUL_ADS_PER_BATCH = 10
"""As Meta advises, once it has left an ad of this launch without an answer."""
IMAGES_PER_BATCH = 50
BYTES_PER_BATCH = 16_000_000
THREADS = 4
_OWN = frozenset({"name", "message", "title", "body", "description", "caption", "image_hash", "url_tags"})
"""What differs between objects that Meta checks alike."""
_VALIDATE_ONLY = {"execution_options": ["validate_only"]}


def report_launches(progress: LaunchProgress) -> AbstractContextManager[None]:
    """Report launches within the block that have no `progress` of their own: an op takes no function."""
    return bound(_PROGRESS, progress)


class ObjectRequest(NamedTuple):
    """One object to create: the service method that creates it, and its parameters."""

    method: Callable[..., Any]
    params: Mapping[str, Any]
    owner: str = ""
    """What it is created in. Default: the ad account."""


class LaunchExecutor:
    """Creates the objects of one launch as its journal says. `failed` holds errors by place once a step has ended."""

    def __init__(
        self, fb: FacebookAds, journal: LaunchJournal, progress: LaunchProgress | None = None, send_again: bool = False
    ) -> None:
        self.fb = fb
        self.journal = journal
        self._send_again = send_again
        self.spec: Spec = journal.spec
        self.failed: dict[str, FacebookAdsError] = {}
        self._progress = progress or _PROGRESS.get()
        self._places = places(self.spec)
        self._inline: dict[str, str] = {}
        """Places of the creatives that are created with the one ad that shows them, by the place of the ad."""
        self._ads_per_batch = CAREFUL_ADS_PER_BATCH if journal.pending else ADS_PER_BATCH

    def execute(self, *, validate: bool = True) -> None:
        """Create everything that does not exist yet; stop after the first step with an error.

        With `validate`, Meta checks campaign and creatives, then ad sets, before they are created. A form can never be
        deleted, so forms come after what Meta may refuse before them.
        """
        check = self._check_at_meta if validate else lambda _requests: None
        for step in (
            self._upload_images,
            self._upload_videos,
            lambda: check({**self._creative_requests(with_forms=False), **self._requests("campaign")}),
            lambda: self._create(self._requests("campaign")),
            lambda: check(self._requests("adsets")),
            lambda: self._create(self._requests("forms")),
            lambda: check(self._creative_requests(with_forms=True)),
            self._create_adsets_and_creatives,
            self._create_ads,
        ):
            step()
            if self.failed:
                return

    def _upload_images(self) -> None:
        """Upload the images that Meta does not have yet, in batches of limited size."""
        group, size = dict[str, ObjectRequest](), 0
        for place in self._missing("images"):
            source, net = object_at(self.spec, place), net_of(self.fb)
            try:
                content = read_image(source, place, net)
                if content is None:
                    content = media.fetch(source, name=place, net=net)
                    media.inspect_image(content, place)
            except FacebookAdsError as error:
                self.failed[place] = error
                return
            if group and (size + len(content) > BYTES_PER_BATCH or len(group) == IMAGES_PER_BATCH):
                self._create(group)
                group, size = {}, 0
            by_name = not is_url(source) and Path(source).suffix.lower() in media.SUFFIXES
            params = {"filename": source} if by_name else {"bytes": content}
            group[place], size = ObjectRequest(self.fb.adimages.create, params), size + len(content)
        self._create(group)

    def _upload_videos(self) -> None:
        """Upload videos and wait until ads can use them. A file whose upload was not completed is uploaded again."""
        for place in self._missing("videos"):
            source = object_at(self.spec, place)
            if is_url(source):
                self._create({place: ObjectRequest(self.fb.advideos.create, {"file_url": source})})
            else:
                with self._collect_error(place):
                    video = self.journal.uploads.get(place)  # of an upload that an earlier run may have completed
                    edge = Call("POST", (self.journal.account, "advideos"))
                    if not (video and is_uploaded(self.fb.api, edge, video)):
                        self.journal.record_pending([place], self.fb.now())
                        with bound(STARTED, functools.partial(self.journal.record_upload, place)):
                            video = self.fb.advideos.create(self.journal.account, filename=source).id
                    self.journal.record_created({place: video})
        if self.failed or not (self._missing("creatives") or self._missing("ads")):
            return
        for place in self._of_kind("videos"):
            with self._collect_error(place):
                self.fb.advideos.wait(self.journal.created[place])

    def _create_adsets_and_creatives(self) -> None:
        """Create ad sets, and creatives but those that one ad alone shows, if neither of both may exist: with the ad.

        Not one with features: some account refused those within an ad (`docs/meta-rules.md#creatives`).
        """
        creatives = self._requests("creatives")
        named = {place: f"creatives.{object_at(self.spec, place)['creative']}" for place in self._of_kind("ads")}
        users, known = Counter(named.values()), self.journal.created.keys() | self.journal.pending.keys()
        for ad, creative in named.items():
            fits = creative in creatives and "degrees_of_freedom_spec" not in creatives[creative].params
            if fits and users[creative] == 1 and known.isdisjoint((ad, creative)):
                self._inline[ad] = creative
                del creatives[creative]
        self._create({**self._requests("adsets"), **creatives})

    def _create_ads(self) -> None:
        """Create ads in batches, several batches at once. Each thread has a copy of this context, for trace IDs.

        After an interruption of this thread or one of those, no further batch begins.
        """
        places = iter(self._missing("ads"))

        def create_groups(context: Context) -> None:
            with _used_up(places):
                while group := [*islice(places, self._ads_per_batch)]:
                    context.run(self._create, {place: self._request(place) for place in group})

        with ThreadPoolExecutor(THREADS, thread_name_prefix="launch") as pool, _used_up(places):
            list(pool.map(create_groups, [copy_context() for _ in range(THREADS)]))
        unclear: dict[str, ObjectRequest] = {}
        for ad, creative in self._inline.items():
            if isinstance(self.failed.get(ad), InvalidParameterError) or creative in self.journal.pending:
                unclear[creative] = self._request(creative)  # it may have come to be without its ad
        self._create(unclear)

    def _requests(self, kind: str) -> dict[str, ObjectRequest]:
        return {place: self._request(place) for place in self._of_kind(kind)}

    def _request(self, place: str) -> ObjectRequest:
        params, created = object_at(self.spec, place), self.journal.created
        match kind_of(place):
            case "campaign":
                return ObjectRequest(self.fb.campaigns.create, params)
            case "forms":
                form = {name: value for name, value in params.items() if name != "page_id"}
                return ObjectRequest(self.fb.leadgen_forms.create, form, str(params["page_id"]))
            case "creatives":
                return ObjectRequest(self.fb.adcreatives.create, creative_params_at(self.spec, place, created))
            case "adsets":
                return ObjectRequest(self.fb.adsets.create, {"campaign_id": created["campaign"], **params})
        creative = params["creative"]
        if place in self._inline:
            creative = creative_params_at(self.spec, self._inline[place], created)
        elif isinstance(creative, str):
            creative = {"creative_id": created[f"creatives.{creative}"]}
        adset_id = created[place.partition(".ads.")[0]]
        return ObjectRequest(self.fb.ads.create, {**params, "adset_id": adset_id, "creative": creative})

    def _creative_requests(self, *, with_forms: bool) -> dict[str, ObjectRequest]:
        """Return the creatives that open a form of this launch, or those that do not."""
        used = {place: references(object_at(self.spec, place)) for place in self._of_kind("creatives")}
        opening = {place for place, found in used.items() if any(kind == "forms" for _, kind, _ in found)}
        return {place: self._request(place) for place in used if (place in opening) == with_forms}

    def _check_at_meta(self, requests: Mapping[str, ObjectRequest]) -> None:
        """Have Meta validate objects without creating them, one of those that differ only in `_OWN` fields.

        A check that could not be made proves nothing.
        """
        checks, shapes = dict[str, ObjectRequest](), set[str]()
        for place, request in requests.items():
            shape = json.dumps([request.method.__qualname__, _shape(request.params)], sort_keys=True, default=str)
            if self._lacks(place) and shape not in shapes:
                shapes.add(shape)
                checks[place] = ObjectRequest(request.method, {**request.params, **_VALIDATE_ONLY})
        for place, item in self._send(checks).items():
            if item.error is not None and is_permanent(item.error):
                self.failed[place] = item.error
            elif item.error is not None:
                log.info("launch: Meta could not check %s: %s", place, item.error)

    def _create(self, requests: Mapping[str, ObjectRequest]) -> None:
        """Create the objects that do not exist yet in one batch, and record it before and after."""
        missing = {place: request for place, request in requests.items() if self._lacks(place)}
        if not missing:
            return
        items = self._send(missing, record=True)
        nodes = {place: item.result() for place, item in items.items() if item.error is None}
        errors = {place: item.error for place, item in items.items() if item.error is not None}
        adopted = {place for place, node in nodes.items() if getattr(node, "id", None) in self.fb.adopted}
        if adopted or any(isinstance(error, OutcomeUnknown) for error in errors.values()):
            self._ads_per_batch = CAREFUL_ADS_PER_BATCH
        with_ads = self._inline.keys() & nodes.keys() - adopted  # an ad found by search may show another creative
        nodes |= {self._inline[ad]: nodes[ad].creative for ad in with_ads if nodes[ad].creative}
        ids = {place: node.hash if kind_of(place) == "images" else node.id for place, node in nodes.items()}
        creatives = [place for place in nodes if kind_of(place) == "creatives"]
        # Meta answers a request for the same content with the existing creative, which a rollback must not delete. The
        # date in its name is in the account's time zone, which may be a day behind: one day less proves nothing.
        before = (self.journal.started - timedelta(days=1)).date().isoformat()
        dated = {place: _DATED_NAME.search(nodes[place].name or "") for place in creatives}
        older = [place for place, date in dated.items() if date and date[1] < before]
        self.journal.record_created(ids, {*older, *adopted})
        absent = [place for place, error in errors.items() if not isinstance(error, OutcomeUnknown)]
        self.journal.record_absent([*absent, *(self._inline[place] for place in absent if place in self._inline)])
        self.failed.update(errors)
        if self._progress:
            self._progress(len(self.journal.created), len(self._places))

    def _send(self, requests: Mapping[str, ObjectRequest], *, record: bool = False) -> dict[str, Any]:
        """Send requests as one batch; nothing if our own validation refuses one of them."""
        batch = self.fb.batch()
        items: dict[str, Any] = {}
        for place, (method, params, owner) in requests.items():
            with self._collect_error(place):
                items[place] = batch.add(method, owner or self.journal.account, **params)
        if len(items) < len(requests):
            return {}
        if record:
            for place, first_sent in self.journal.pending.items():
                if place in items:
                    batch.mark_maybe_sent(items[place], first_sent, send_again=self._send_again)
            with_ads = [self._inline[place] for place in items if place in self._inline]
            self.journal.record_pending([*items, *with_ads], self.fb.now())
        batch.run()
        return items

    @contextmanager
    def _collect_error(self, place: str) -> Iterator[None]:
        try:
            yield
        except FacebookAdsError as error:
            self.failed[place] = error

    def _of_kind(self, kind: str) -> list[str]:
        return [place for place in self._places if kind_of(place) == kind]

    def _missing(self, kind: str) -> list[str]:
        return [place for place in self._of_kind(kind) if self._lacks(place)]

    def _lacks(self, place: str) -> bool:
        return place not in self.journal.created


@contextmanager
def _used_up(items: Iterator[object]) -> Iterator[None]:
    """Leave no items after the block, however it ends."""
    try:
        yield
    finally:
        deque(items, maxlen=0)


def _shape(value: Any, name: str = "") -> Any:
    """Return parameters without the fields that each object has of its own; of a link, its host."""
    if isinstance(value, Mapping):
        return {name: _shape(item, name) for name, item in value.items() if name not in _OWN}
    if name == "link" and isinstance(value, str):
        return urlsplit(value).netloc
    return [_shape(item) for item in value] if isinstance(value, list | tuple) else value


def creative_params_at(spec: Spec, place: str, created: Mapping[str, str]) -> Mapping[str, Any]:
    """Return Meta's parameters of a creative of a launch, with the IDs of its images and videos."""
    return creative_params(resolve_references(object_at(spec, place), created))


def is_permanent(error: FacebookAdsError) -> bool:
    """Return whether an error is about the request itself: the same request would be refused again."""
    return isinstance(error, ParameterError | InvalidParameterError)
