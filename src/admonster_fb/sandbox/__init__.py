"""An emulation of the Graph API, for tests and first steps. A header of every response says so."""

from admonster_fb.sandbox.errors import GraphError, NotModelled
from admonster_fb.sandbox.faults.faults import (
    Empty,
    Failure,
    Fault,
    Hang,
    Http,
    LostResponse,
    NullItem,
    Ok200,
    Queued,
    Repeated,
    Reset,
    Shuffled,
    Slow,
    Swapped,
    Truncated,
    UnspentFaults,
)
from admonster_fb.sandbox.inspection import Entry
from admonster_fb.sandbox.jobs import STUCK
from admonster_fb.sandbox.sample_media import png
from admonster_fb.sandbox.sandbox import Hook, Sandbox
from admonster_fb.sandbox.server import serve
from admonster_fb.sandbox.transport import SandboxAdapter
from admonster_fb.sandbox.wire import Request, Response

__all__ = [
    "STUCK", "Empty", "Entry", "Failure", "Fault", "GraphError", "Hang", "Hook", "Http", "LostResponse", "NotModelled",
    "NullItem", "Ok200", "Queued", "Repeated", "Request", "Reset", "Response", "Sandbox", "SandboxAdapter", "Shuffled",
    "Slow", "Swapped", "Truncated", "UnspentFaults", "png", "serve",
]  # fmt: skip
