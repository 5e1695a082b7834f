"""Analysis of insights rows: comparing periods, explaining changes, anomalies, pacing, fatigue. Pure functions."""

from admonster_fb.analysis.anomalies import anomalies, fatigue
from admonster_fb.analysis.change import Change
from admonster_fb.analysis.compare import compare, contrast, explain
from admonster_fb.analysis.pacing import pacing

__all__ = ["Change", "anomalies", "compare", "contrast", "explain", "fatigue", "pacing"]
