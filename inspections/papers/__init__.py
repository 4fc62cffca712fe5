"""文书：what is written, signed, numbered, kept in one file."""
