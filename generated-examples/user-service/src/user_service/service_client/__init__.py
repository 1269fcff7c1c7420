"""The service client: another service, which gets tokens for its calls here."""
