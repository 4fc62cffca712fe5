"""计划：what the year holds."""
