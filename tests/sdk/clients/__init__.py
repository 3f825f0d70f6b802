"""OpenAI's clients, every major version, against the server: one script that each of them runs."""
