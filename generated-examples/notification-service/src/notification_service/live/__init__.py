"""Live: what the WebSocket topics are told, and who may follow them."""
