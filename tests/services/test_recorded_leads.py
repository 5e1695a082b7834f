"""Lead forms and leads as they were answered once, played from cassettes. No answers are in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from admonster_fb import FacebookAds
from admonster_fb.workflows.leads import count_leads, list_leads

pytestmark = pytest.mark.vcr

PAGE = "108356564252733"
POLICY = "https://example.com/privacy"


@pytest.mark.thorough
def test_a_form_its_test_lead_and_the_file_of_its_leads(fb: FacebookAds, tmp_path: Path) -> None:
    form = fb.leadgen_forms.create(PAGE, name="Course", questions=["full name", "email"], privacy_policy=POLICY)
    lead = fb.leads.create_test(form.id, page_id=PAGE)
    assert count_leads(fb, form.id).by_ad == {"organic": 1}
    assert [each.id for each in list_leads(fb, form.id)] == [lead.id]
    store = tmp_path / "leads.csv"
    assert [fb.leads.sync(form.id, store).new for _ in range(2)] == [1, 0]
    fb.leads.delete_test(lead.id, page_id=PAGE)
    fb.leadgen_forms.update(form.id, status="ARCHIVED")
    found = {each.id: each.status for each in fb.leadgen_forms.list(PAGE, fields=["id", "status"])}
    assert found[form.id] == "ARCHIVED"
