"""The pages of an account: its overview, its export, and how it is closed."""
