"""Starts the real programs that the tests judge: PostgreSQL, Redis, the server and its worker."""
