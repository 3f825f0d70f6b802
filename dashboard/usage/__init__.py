"""What an account has used: its days, added up while jobs end, and the log of its requests."""
