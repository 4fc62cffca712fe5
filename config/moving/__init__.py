"""搬家: one bureau from one installation to another, with its chain, its files and its people's accounts."""
