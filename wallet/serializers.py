"""What the wallet's endpoints are asked."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

from rest_framework import serializers

from audiopod.common.strict import StrictCharField, StrictFloatField, StrictIntegerField
from wallet.models.payments import MAX_TOPUP_CENTS, MIN_TOPUP_CENTS

MAX_QUOTED_SECONDS = 100_000_000
"""Three years of audio."""
MAX_PAGE = 100_000
MAX_CODE_CHARACTERS = 64


class MillisecondsField(StrictFloatField):
    """Seconds, whole or not, as the milliseconds that are paid for: a started one counts."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=0, max_value=MAX_QUOTED_SECONDS, **kwargs)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        return math.ceil(Decimal(str(super().run_validation(data))) * 1000)


class QuoteSerializer(serializers.Serializer[dict[str, Any]]):
    """`POST /api-wallet/estimate` and `/check-balance`. The duration becomes milliseconds."""

    service_type = StrictCharField(max_length=64)
    mode = StrictCharField(max_length=64, required=False, allow_null=True)
    duration_seconds = MillisecondsField()


class TopupSerializer(serializers.Serializer[dict[str, Any]]):
    """`POST /api-wallet/topup/…`"""

    amount_cents = StrictIntegerField(min_value=MIN_TOPUP_CENTS, max_value=MAX_TOPUP_CENTS)


class RedeemSerializer(serializers.Serializer[dict[str, Any]]):
    """`POST /api-wallet/redeem`"""

    code = StrictCharField(max_length=MAX_CODE_CHARACTERS)


class PageSerializer(serializers.Serializer[dict[str, Any]]):
    """The page of a long list that is asked for, from 1."""

    page = serializers.IntegerField(min_value=1, max_value=MAX_PAGE, default=1)
    limit = serializers.IntegerField(min_value=1, max_value=100, default=20)

    def window(self) -> slice:
        """Which rows it is, and one more, to know whether there is a next page."""
        asked = self.validated_data
        first = (asked["page"] - 1) * asked["limit"]
        return slice(first, first + asked["limit"] + 1)

    def answer(self, name: str, rows: list[Any]) -> dict[str, Any]:
        """The page as it is answered. rows: those of the window, as they shall be written."""
        asked = self.validated_data
        page, limit = asked["page"], asked["limit"]
        return {
            "page": page,
            "limit": limit,
            name: rows[:limit],
            "has_more": len(rows) > limit and page < MAX_PAGE,
        }
