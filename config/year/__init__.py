"""一年: the pages of what lasts longer than a round: enterprises, people, the list, the plan, returns, the
calendar."""
