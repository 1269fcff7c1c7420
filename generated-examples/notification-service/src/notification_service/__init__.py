"""The service notification-service."""
