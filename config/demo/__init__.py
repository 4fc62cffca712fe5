"""An invented bureau: who is in it, what happened there. No real person's name."""
