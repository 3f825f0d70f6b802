"""Schemathesis makes requests out of our own OpenAPI schema and judges the answers by it."""
