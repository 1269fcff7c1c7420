"""The history: what happened to an order, when, and by whom."""
