"""Figures side by side with the peers, measured in one run: `nox -s bench`."""
