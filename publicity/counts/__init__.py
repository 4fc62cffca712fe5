"""数出来的: every number that the bureau hands in, with what it counts: the number is the length of its
list."""
