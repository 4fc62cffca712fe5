"""抽取：sealed, seeded, drawn, changed, voided."""
