"""Which state may follow which, of what is prepared for the public and of what the
public writes. Plain tables."""

PUBLICATION = {
    "prepared": ("待审核", {"approved", "returned"}),
    "approved": ("已审核，到时公示", {"published", "returned"}),
    "published": ("已公示", set()),
    "returned": ("退回", set()),
}

LETTER = {
    "received": ("已收到", {"accepted", "refused"}),
    "accepted": ("办理中", {"answered"}),
    "answered": ("已答复", set()),
    "refused": ("不予受理", set()),
}

TABLES = {"Publication": PUBLICATION, "Letter": LETTER}
