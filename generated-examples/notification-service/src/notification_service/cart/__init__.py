"""The cart that somebody forgot."""
