"""Acts of planning, drawing and inspecting: one verb a function, always with by=."""
