"""The data plane inside uvicorn: connections of clients and of services, and what joins them."""
