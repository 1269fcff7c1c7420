"""The service product-service."""
