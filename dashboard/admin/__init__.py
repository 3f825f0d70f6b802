"""The operator's admin: jobs, how the server is doing, switches, accounts, and who did what.

Accounts are shown here rather than where they live, for here is known what they do and spend.
"""

from dashboard.admin import accounts, jobs, records, switches

__all__ = ["accounts", "jobs", "records", "switches"]
