"""Pages across rooms: they gather what the rooms know and belong to none of them."""
