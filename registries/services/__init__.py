"""Acts on the registers: one verb a function, always with by=."""
