"""The delivery: one mail on its way, from the wish to what the mail server said."""
