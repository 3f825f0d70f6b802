"""API keys: the format of a token, and the pages that make, change, rotate and revoke keys."""
