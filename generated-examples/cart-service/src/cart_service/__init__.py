"""The service cart-service."""
