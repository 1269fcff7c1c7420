"""The service order-service."""
