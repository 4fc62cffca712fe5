"""The desks of planning, drawing and inspecting."""

from . import case, draw, plan

__all__ = ["case", "draw", "plan"]
