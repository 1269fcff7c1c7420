"""The address: where somebody wants parcels."""
