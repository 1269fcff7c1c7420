"""The services that an order is made with; what they say no to is an answer, not a failure."""
