"""The way of one request through the gateway, in pieces that know little of each other."""
