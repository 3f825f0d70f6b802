"""The admin of accounts: users, their API keys, and what allauth stores about signing in."""

from accounts.admin import keys, signin, users
from accounts.admin.users import UserAdmin

__all__ = ["UserAdmin", "keys", "signin", "users"]
