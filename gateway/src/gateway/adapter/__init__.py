"""The data plane as an ASGI application, for servers that are not uvicorn; far slower."""
