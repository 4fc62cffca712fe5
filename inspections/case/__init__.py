"""检查：from its opening to the moment the team may set out."""
