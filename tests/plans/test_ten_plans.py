"""Ten plans word for word, in `ten_plans.txt`."""

from __future__ import annotations

import pytest
from ten_plans import PATH, text

pytestmark = pytest.mark.thorough


def test_ten_plans_read_as_they_are_written_down() -> None:
    assert text() == PATH.read_text(), "python tests/plans/ten_plans.py writes them anew"
