"""Ad studies. https://developers.facebook.com/docs/marketing-api/reference/ad-study"""

from __future__ import annotations

from typing import Unpack

from facebook_business.adobjects import adstudy as sdk
from facebook_business.adobjects import business

from admonster_fb.models.adstudy import AdStudy, AdStudyCell, AdStudyCreate, AdStudyUpdate
from admonster_fb.models.common import EdgeList
from admonster_fb.operation import costs, no_op, ops_of
from admonster_fb.rules import ad_studies
from admonster_fb.services._base import Edge, Fields, ListingService, checked
from admonster_fb.services._validation import warn

op = ops_of("automation", "ad_studies", aliases={"ab_test_id": "study_id", "test_id": "study_id"})


class AdStudies(ListingService):
    """The edge `ad_studies` of a business, and its nodes: audiences split into cells that do not overlap."""

    @no_op("get_ab_test tells its figures and what they mean too")
    def get(self, study_id: str, *, fields: Fields = None) -> AdStudy:
        """Return a study, without its cells.

        >>> fb.adstudies.get(study_id).type
        'SPLIT_TEST'
        """
        return self._get(self._node(sdk.AdStudy, study_id, "study_id"), AdStudy, fields)

    @no_op("list_ab_tests leaves out the studies that are no A/B tests")
    def iter(self, parent_id: str, *, fields: Fields = None, **params: Unpack[EdgeList]) -> Edge[AdStudy]:
        """List the studies of a business or of an ad account (`act_…`), page by page.

        >>> next(iter(fb.adstudies.iter(business_id))).name
        'Which picture'
        """
        parent = self._account_or(business.Business, parent_id, "parent_id")
        return self._edge(parent.get_ad_studies, AdStudy, checked(EdgeList, params), fields)

    @no_op("create_ab_test divides the audience and reads the dates by itself")
    def create(self, business_id: str, *, fields: Fields = None, **params: Unpack[AdStudyCreate]) -> AdStudy:
        """Create a study. Its campaigns and ad sets keep their status. Default `type`: SPLIT_TEST.

        Percentages of the cells are 10 or more and sum up to 100 at most. Meta: business/ad_studies, Creating.

        >>> fb.adstudies.create(business_id, name="A", start_time="2026-12-01T00:00:00-0800",
        ...     end_time="2026-12-15T00:00:00-0800", cells=[
        ...         {"name": "Old", "treatment_percentage": 50, "campaigns": [campaign_id]},
        ...         {"name": "New", "treatment_percentage": 50, "campaigns": [other_campaign_id]}]).id.isdigit()
        True
        """
        valid = {"type": "SPLIT_TEST"} | self._checked(AdStudyCreate, params, ad_studies.violations)
        warn(ad_studies.doubts(valid))
        node = self._node(business.Business, business_id, "business_id")
        return self._create(node.create_ad_study, AdStudy, valid, fields)

    @op("update_ab_test", effect="update", then=("get_ab_test",))
    @costs("nothing by itself: a test spends what its campaigns spend")
    def update(self, study_id: str, **params: Unpack[AdStudyUpdate]) -> None:
        """Update an A/B test. After it has started, only name and end can change, and members can be added.

        >>> fb.adstudies.update(study_id, name="Which picture 2")
        """
        changes = self._checked(AdStudyUpdate, params)
        self._change(self._node(sdk.AdStudy, study_id, "study_id").api_update, changes)

    @op("delete_ab_test", effect="remove")
    @costs("the test ends for good; its campaigns go on and share the whole audience again")
    def delete(self, study_id: str) -> None:
        """Delete an A/B test. Its campaigns and ad sets stay, and keep delivering if they are active.

        >>> fb.adstudies.delete(study_id)
        """
        self._change(self._node(sdk.AdStudy, study_id, "study_id").api_delete)

    @no_op("get_ab_test shows them with their figures")
    def cells(self, study_id: str, *, fields: Fields = None) -> list[AdStudyCell]:
        """List the cells of a study, each with its campaigns or ad sets.

        >>> [cell.treatment_percentage for cell in fb.adstudies.cells(study_id)]
        [50.0, 50.0]
        """
        return [*self._edge(self._node(sdk.AdStudy, study_id, "study_id").get_cells, AdStudyCell, fields=fields)]
