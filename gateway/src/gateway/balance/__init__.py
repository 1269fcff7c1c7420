"""Which instance of a service gets a request, and when a service is left alone."""
