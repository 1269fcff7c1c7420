"""Mails about an account, which user-service asks for."""
