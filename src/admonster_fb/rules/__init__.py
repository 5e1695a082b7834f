"""Meta's rules, checked offline: pure functions over parameters, each declared with its evidence."""

from admonster_fb.rules import goal_matrix as matrix
from admonster_fb.rules.core import Context, Finding, Kind, Rule, Severity
from admonster_fb.rules.engine import RULES, check, check_tree

__all__ = ["RULES", "Context", "Finding", "Kind", "Rule", "Severity", "check", "check_tree", "matrix"]
