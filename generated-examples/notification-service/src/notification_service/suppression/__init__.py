"""The suppression: an address that a mail server has refused for good, and is left alone."""
