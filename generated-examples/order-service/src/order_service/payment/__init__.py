"""The payment: one attempt to be paid for an order."""
