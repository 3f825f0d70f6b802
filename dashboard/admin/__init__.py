"""The operator's admin: jobs, how the server is doing, switches, accounts, and who did what.

Accounts are shown here, since the app that has them does not know what they spend.
"""

from dashboard.admin import accounts, jobs, records, switches

__all__ = ["accounts", "jobs", "records", "switches"]
