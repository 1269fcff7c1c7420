"""The preference: what a user wants to hear of, and by which way."""
