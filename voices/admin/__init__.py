"""The admin of voices: what there is, and how a Piper voice is added."""

from voices.admin import profiles

__all__ = ["profiles"]
