"""Launching a whole campaign from one declaration: validated, created PAUSED, read back; resumed or rolled back."""

from admonster_fb.models.launch import Launch, Launched
from admonster_fb.workflows.launch.expand import expand
from admonster_fb.workflows.launch.op import launch_campaign, preview
from admonster_fb.workflows.launch.parse import load
from admonster_fb.workflows.launch.run import launch, resume, rollback
from admonster_fb.workflows.launch.validate import validate_launch

__all__ = [
    "Launch",
    "Launched",
    "expand",
    "launch",
    "launch_campaign",
    "load",
    "preview",
    "resume",
    "rollback",
    "validate_launch",
]
