"""The desks of planning, drawing and inspecting."""

from . import case, draw, followup, plan, proposal, scheme, task

__all__ = ["case", "draw", "followup", "plan", "proposal", "scheme", "task"]
