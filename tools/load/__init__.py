"""Load on the whole shop: people who come whether or not the ones before them were served."""
