"""The session: somebody is signed in somewhere, and stays so by refresh tokens."""
