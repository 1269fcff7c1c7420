"""The notification: a piece of news that a user sees in the shop."""
