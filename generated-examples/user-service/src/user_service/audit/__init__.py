"""The audit log: who did what to whom, kept for years."""
