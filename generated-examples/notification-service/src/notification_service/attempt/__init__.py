"""The attempt: what a mail server said, one of the times that it was asked."""
