"""The wire: what a request, an answer and a body are, in plain functions that know no socket."""
