"""Passwords: what is a good one, how it is kept, and how often one may guess."""
