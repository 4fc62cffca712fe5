"""现场：the visit, what was found, handed in and reported."""
