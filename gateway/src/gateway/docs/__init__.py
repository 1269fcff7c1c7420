"""One OpenAPI document of all services, under the paths by which clients reach them."""
