"""The order: what somebody wants, and what becomes of it."""
