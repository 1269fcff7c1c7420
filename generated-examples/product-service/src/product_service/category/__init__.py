"""The category: what a customer looks under."""
