"""TEMPORARY: stands in for modules a colleague is still writing."""
# mypy: ignore-errors
from types import SimpleNamespace
try:
    from admonster_fb.sandbox import validation
except ImportError:
    validation = SimpleNamespace(check=lambda *a: None)
try:
    from admonster_fb.sandbox import insights
except ImportError:
    insights = SimpleNamespace(query=lambda *a: [], advance=lambda *a: None)
try:
    from admonster_fb.sandbox import history
except ImportError:
    history = SimpleNamespace(seed_history=lambda *a: None)
