"""The reservation: what is held for one order until it is paid for, or not."""
