"""The desks of planning, drawing and inspecting."""

from . import case, draw, plan, proposal, scheme, task

__all__ = ["case", "draw", "plan", "proposal", "scheme", "task"]
