"""The service user-service."""
