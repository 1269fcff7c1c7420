"""What changes, as it changes: `GET /watch`, blocking queries, and the page for people."""
