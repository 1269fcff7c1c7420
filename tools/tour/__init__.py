"""A customer buys something in a stack of its own, while you look on: what is asked, what becomes
of the order, and the events, mails and live messages that come of it."""
