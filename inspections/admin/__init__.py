"""The desks of planning, drawing and inspecting."""

from . import case, draw, plan, proposal

__all__ = ["case", "draw", "plan", "proposal"]
