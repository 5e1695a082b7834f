"""Ad studies. https://developers.facebook.com/docs/marketing-api/reference/ad-study"""

from __future__ import annotations

import builtins
from collections.abc import Sequence

from facebook_business.adobjects import adaccount, business
from facebook_business.adobjects import adstudy as sdk
from typing_extensions import Unpack

from admonster_fb.errors import ParameterError
from admonster_fb.models._params import checked
from admonster_fb.models.adstudy import AdStudy, AdStudyCell, AdStudyCreate, AdStudyUpdate
from admonster_fb.models.common import EdgeList
from admonster_fb.operation import no_op, op
from admonster_fb.rules import ad_studies as adstudies
from admonster_fb.services._base import Service, account_or_node_id, node_id
from admonster_fb.transport.paging import Edge


class AdStudies(Service):
    """The edge `ad_studies` of a business and its nodes: audiences split into cells that do not overlap."""

    @no_op("get_ab_test tells its figures and what they mean too")
    def get(self, study_id: str, *, fields: Sequence[str] = AdStudy.fields()) -> AdStudy:
        """Read a study, without its cells.

        >>> fb.adstudies.get(study_id).type
        'SPLIT_TEST'
        """
        node = self._sdk(sdk.AdStudy, node_id(study_id, "study_id"))
        return self._transport.node(self._call(node.api_get, fields=fields), AdStudy)

    @no_op("list_ab_tests leaves out the studies that are no A/B tests")
    def list(
        self, parent_id: str, *, fields: Sequence[str] = AdStudy.fields(), **params: Unpack[EdgeList]
    ) -> builtins.list[AdStudy]:
        """Read all studies of a business, or of an account (`act_…`), to the last page.

        >>> [study.name for study in fb.adstudies.list(business_id)]
        ['Which picture']
        """
        return [*self.iter(parent_id, fields=fields, **params)]

    @no_op("list_ab_tests leaves out the studies that are no A/B tests")
    def iter(
        self, parent_id: str, *, fields: Sequence[str] = AdStudy.fields(), **params: Unpack[EdgeList]
    ) -> Edge[AdStudy]:
        """Read the studies of a business, or of an account (`act_…`), page by page as they are wanted.

        >>> next(iter(fb.adstudies.iter(business_id))).name
        'Which picture'
        """
        kind = adaccount.AdAccount if str(parent_id).startswith("act_") else business.Business
        parent = self._sdk(kind, account_or_node_id(parent_id, "parent_id"))
        return self._transport.edge(self._call(parent.get_ad_studies, checked(EdgeList, params), fields), AdStudy)

    @no_op("create_ab_test divides the audience and reads the dates by itself")
    def create(
        self, business_id: str, *, fields: Sequence[str] = AdStudy.fields(), **params: Unpack[AdStudyCreate]
    ) -> AdStudy:
        """Create a study; its campaigns and ad sets stay as they are, active or paused.

        Percentages are from 10 on and add up to 100 at most. Meta: business/ad_studies, Creating.

        >>> fb.adstudies.create(business_id, name="A", start_time="2026-12-01T00:00:00-0800",
        ...     end_time="2026-12-15T00:00:00-0800", cells=[
        ...         {"name": "Old", "treatment_percentage": 50, "campaigns": [campaign_id]},
        ...         {"name": "New", "treatment_percentage": 50, "campaigns": [other_campaign_id]}]).id.isdigit()
        True
        """
        said = {"type": "SPLIT_TEST"} | checked(AdStudyCreate, params)
        if wrong := adstudies.violations(said):
            raise ParameterError(wrong)
        node = self._sdk(business.Business, node_id(business_id, "business_id"))
        return self._transport.create(self._call(node.create_ad_study, said, fields), AdStudy)

    @op(
        "update_ab_test",
        group="automation",
        access="write",
        effect="update",
        changes="ad_studies",
        past="updated",
        cost="nothing by itself: a test spends what its campaigns spend",
        aliases={"ab_test_id": "study_id", "test_id": "study_id"},
        then=("get_ab_test",),
    )
    def update(self, study_id: str, **params: Unpack[AdStudyUpdate]) -> None:
        """Change a study: once it runs, only its name, its end and more members.

        >>> fb.adstudies.update(study_id, name="Which picture 2")
        """
        changes = checked(AdStudyUpdate, params)
        self._transport.change(self._call(self._sdk(sdk.AdStudy, node_id(study_id, "study_id")).api_update, changes))

    @op(
        "delete_ab_test",
        group="automation",
        access="destroy",
        effect="remove",
        changes="ad_studies",
        past="deleted",
        cost="the test ends for good; its campaigns go on and share the whole audience again",
        aliases={"ab_test_id": "study_id", "test_id": "study_id"},
    )
    def delete(self, study_id: str) -> None:
        """Delete a study; its campaigns and ad sets stay, and go on if they are active.

        >>> fb.adstudies.delete(study_id)
        """
        self._transport.change(self._call(self._sdk(sdk.AdStudy, node_id(study_id, "study_id")).api_delete))

    @no_op("get_ab_test shows them with their figures")
    def cells(self, study_id: str, *, fields: Sequence[str] = AdStudyCell.fields()) -> builtins.list[AdStudyCell]:
        """Read the cells of a study, with the campaigns or ad sets in each.

        >>> [cell.treatment_percentage for cell in fb.adstudies.cells(study_id)]
        [50.0, 50.0]
        """
        node = self._sdk(sdk.AdStudy, node_id(study_id, "study_id"))
        return [*self._transport.edge(self._call(node.get_cells, fields=fields), AdStudyCell)]
