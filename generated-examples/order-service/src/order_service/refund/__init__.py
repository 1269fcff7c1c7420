"""The refund: money that goes back."""
