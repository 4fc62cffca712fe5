"""查后：put right, punished, passed on."""
