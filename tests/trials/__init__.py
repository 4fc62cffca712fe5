"""What takes too long for the suite: run by `make trials`, told in docs/trials.md."""
