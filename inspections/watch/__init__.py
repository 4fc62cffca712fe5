"""监督：has anybody cheated, and how far is the year."""
