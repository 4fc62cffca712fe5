"""Tables as people bring them, read as plain data."""
