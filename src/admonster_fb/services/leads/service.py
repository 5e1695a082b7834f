"""Leads of forms and ads. https://developers.facebook.com/docs/marketing-api/guides/lead-ads/retrieving"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, Unpack

from facebook_business.adobjects import lead as sdk
from facebook_business.adobjects import leadgenform as sdk_form

from admonster_fb.errors import AuthenticationError, NotFoundError, ParameterError, PermissionDeniedError, Violation
from admonster_fb.models._node import object_in
from admonster_fb.models.ad import Ad
from admonster_fb.models.leadgen import Lead, LeadList, LeadsSynced
from admonster_fb.operation import costs, no_op, ops_of
from admonster_fb.rules.goals import FORM_GOALS
from admonster_fb.rules.values import moment
from admonster_fb.services._base import Fields, ListingService, checked, node_id
from admonster_fb.services.leads.sync import Progress, SourceSync, newest, open_store, row_of
from admonster_fb.transport.api import RawResponse
from admonster_fb.transport.paging import Edge, Page
from admonster_fb.transport.request import Call

T = TypeVar("T")
op = ops_of("lead", "leads", writes=("ads_management", "pages_manage_ads", "pages_read_engagement", "pages_show_list"))
PAGE_SIZE = 500
_READS = "creative{object_story_spec,asset_feed_spec}", "adset{optimization_goal}"


class LeadEdge(Edge[Lead]):
    """Leads, read with the user's token, which shows the ads; with the Page's if Meta refuses that one."""

    _page_of: Callable[[], str]
    _page_id = ""

    def _send(self, call: Call, parse: Callable[[RawResponse, str], Page[T]]) -> Page[T]:
        if not self._page_id:
            try:
                return super()._send(call, parse)
            except (AuthenticationError, PermissionDeniedError, NotFoundError):
                self._page_id = self._page_of()
                if not self._page_id:
                    raise
        return super()._send(replace(call, page=self._page_id), parse)


class Leads(ListingService):
    """The edge `leads` of forms and ads, and its nodes. A lead is personal data: its `repr` shows no answer."""

    @no_op("a model sees no person: list_leads, sync_leads and, if the host allows it, read_leads")
    def get(self, lead_id: str, *, page_id: str | None = None, fields: Fields = None) -> Lead:
        """Return a lead. `page_id` is used if the user's token may not read it: a webhook names it.

        >>> fb.leads.get(lead_id).answers["email"]
        ['test@meta.com']
        """
        node = self._node(sdk.Lead, lead_id, "lead_id")
        try:
            return self._get(node, Lead, fields)
        except (AuthenticationError, PermissionDeniedError, NotFoundError):
            if page_id is None:
                raise
        return self._get(node, Lead, fields, node_id(page_id, "page_id"))

    @no_op("a model sees no person: list_leads, sync_leads and, if the host allows it, read_leads")
    def iter(self, object_id: str, *, fields: Fields = None, **params: Unpack[LeadList]) -> Edge[Lead]:
        """List the leads of a form (organic and test leads too) or of an ad. Newest first, page by page.

        Meta keeps leads for 90 days. The ad and its names are missing where the token may not advertise.

        >>> [lead.ad for lead in fb.leads.iter(form_id)][-1:]
        ['organic']
        """
        valid = checked(LeadList, params)
        window = (("since", "GREATER_THAN_OR_EQUAL"), ("until", "LESS_THAN"))
        times = [(name, operator, _unix(name, valid.pop(name))) for name, operator in window if name in valid]
        if times:
            valid["filtering"] = [{"field": "time_created", "operator": o, "value": time} for _, o, time in times]
        names = Lead.fields() if fields is None else fields
        call = self._call(self._node(sdk_form.LeadgenForm, object_id, "object_id").get_leads, valid, names)
        edge = LeadEdge(self._transport.api, call, Lead)
        edge._page_of = lambda: self._transport.api.page_tokens.page_of(object_id)
        return edge

    @no_op("sync_leads writes to the host's folder")
    def sync(
        self,
        object_id: str,
        store: str | Path,
        *,
        since: datetime | str | int | None = None,
        progress: Progress | None = None,
    ) -> LeadsSynced:
        """Add the leads of a form, an ad, or all lead ads of an ad account (`act_…`) to a file that has each once.

        The file is SQLite (.sqlite, .db; table `leads`), CSV (.csv) or a folder of Parquet files. It has a column per
        answer, a word where the ad is not visible, and in CSV no cell that a spreadsheet runs as a formula. Call it
        again to catch up, also after a crash. `since` is where the first call begins; default: all that Meta has.
        `progress` is called with the number of new leads.

        >>> fb.leads.sync(form_id, "leads.csv").new
        1
        >>> fb.leads.sync(form_id, "leads.csv").new
        0
        """
        first = None if since is None else _unix("since", since)
        of_account = str(object_id).startswith("act_")
        ads = [*dict.fromkeys(self._lead_ads(object_id))] if of_account else [node_id(object_id, "object_id")]
        now, warnings, new = self._transport.api.clock.now(), list[str](), 0
        with open_store(Path(store)) as opened:
            opened.add([])
            for source in ads:
                run = SourceSync(opened, source, partial(self._read, source), now, progress)
                try:
                    warnings += run.run(first)
                except (PermissionDeniedError, NotFoundError) as error:
                    if len(ads) == 1:
                        raise
                    warnings.append(f"{source}: its leads were not read: {error.message}")
                new += run.new
            return LeadsSynced(str(store), new, opened.count(), (*ads,), newest(opened, ads), (*warnings,))

    @no_op("a webhook calls it")
    def collect(self, lead_id: str, store: str | Path, *, page_id: str | None = None) -> bool:
        """Add one lead to a file of `sync`, as for a webhook's event. Return whether it was new.

        >>> fb.leads.collect(lead_id, "collected.csv"), fb.leads.collect(lead_id, "collected.csv")
        (True, False)
        """
        with open_store(Path(store)) as opened:
            if not opened.unknown([node_id(lead_id, "lead_id")]):
                return False
            opened.add([row_of(self.get(lead_id, page_id=page_id))])
            return True

    @op("create_test_lead", effect="create", aliases={"id": "form_id"}, then=("delete_test_lead",))
    @costs("nothing; a form has one test lead at most")
    def create_test(
        self, form_id: str, *, page_id: str | None = None, field_data: Sequence[Mapping[str, Any]] | None = None
    ) -> Lead:
        """Create a test lead. Of a form, which has one at a time. It triggers the webhook. Default: dummy answers.

        Raises `InvalidParameterError` (2/1892058) if there is one: delete it first.

        >>> fb.leads.create_test(other_form_id).id.isdigit()
        True
        """
        prepare = self._node(sdk_form.LeadgenForm, form_id, "form_id").create_test_lead
        answers = {"field_data": field_data} if field_data else {}
        return self._create(prepare, Lead, answers, (), self._page_of(form_id, page_id))

    @no_op("a model sees no person")
    def tests(self, form_id: str, *, page_id: str | None = None) -> Edge[Lead]:
        """List the test leads of a form: one at most.

        >>> len([*fb.leads.tests(form_id)])
        1
        """
        prepare = self._node(sdk_form.LeadgenForm, form_id, "form_id").get_test_leads
        return self._edge(prepare, Lead, fields=(), page=self._page_of(form_id, page_id))

    @op("delete_test_lead", effect="remove", aliases={"id": "lead_id"})
    @costs("the test lead is gone; other leads cannot be deleted")
    def delete_test(self, lead_id: str, *, page_id: str | None = None) -> None:
        """Delete a test lead. Then another can be created. Other leads cannot be deleted.

        >>> fb.leads.delete_test(fb.leads.create_test(third_form_id).id)
        """
        page = node_id(page_id, "page_id") if page_id else ""
        self._change(self._node(sdk.Lead, lead_id, "lead_id").api_delete, page=page)

    def _read(self, source: str, since: int | None, until: int | None) -> Edge[Lead]:
        times = {"since": since, "until": until}
        window: Any = {name: time for name, time in times.items() if time is not None}
        return self.iter(source, limit=PAGE_SIZE, **window)

    def _lead_ads(self, ad_account_id: str) -> Iterator[str]:
        """Yield the ads of an account that open a lead form, archived ones too."""
        statuses = ["ACTIVE", "PAUSED", "ARCHIVED", "CAMPAIGN_PAUSED", "ADSET_PAUSED", "DISAPPROVED", "WITH_ISSUES"]
        params = {"limit": 100, "effective_status": [*statuses, "PENDING_REVIEW", "IN_PROCESS", "PENDING_BILLING_INFO"]}
        for ad in self._edge(self._account(ad_account_id).get_ads, Ad, params, ["id", *_READS]):
            data = ad.model_dump(mode="json", exclude_unset=True)
            goal = str(object_in(data.get("adset")).get("optimization_goal"))
            if goal in FORM_GOALS or "lead_gen_form_id" in str(data):
                yield ad.id


def _unix(name: str, value: Any) -> int:
    """Return a time as unix seconds; text without an offset is in UTC."""
    time = value if isinstance(value, datetime) else moment(value)
    if time is None:
        raise ParameterError([Violation(name, value, "a datetime, ISO 8601 text or unix seconds")])
    return int((time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp())
