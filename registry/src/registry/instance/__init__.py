"""The instances: who is where, whose turn it is, and who may say so."""
