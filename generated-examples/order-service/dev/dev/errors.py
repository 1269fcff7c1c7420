"""What stops a start, as one sentence for the person at the terminal."""


class CannotStart(Exception):
    """The message says what is in the way and what to do about it."""
