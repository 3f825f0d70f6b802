"""Lists as AudioPod's clients ask for them: some rows after others, as a plain array."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

TOTAL_COUNT = "X-Total-Count"
"""The header with the number of rows that there are, on this page or another."""
DEFAULT_LIMIT = 50
MAX_LIMIT = 100
MAX_SKIP = 1_000_000

Row = TypeVar("Row", bound=Model)


class ListQuerySerializer(serializers.Serializer[dict[str, Any]]):
    """Which rows of a list. AudioPod's client says `skip`, its documentation `offset`, too."""

    skip = serializers.IntegerField(min_value=0, max_value=MAX_SKIP, default=0)
    offset = serializers.IntegerField(min_value=0, max_value=MAX_SKIP, required=False)
    limit = serializers.IntegerField(min_value=1, max_value=MAX_LIMIT, default=DEFAULT_LIMIT)

    def window(self) -> slice:
        asked = self.validated_data
        first = asked.get("offset", asked["skip"])
        return slice(first, first + asked["limit"])


def list_answer(
    request: Request,
    rows: QuerySet[Row],
    shape: Callable[[Row], Any],
    query: type[ListQuerySerializer] = ListQuerySerializer,
) -> Response:
    """The rows that the query asks for, each through `shape`. Raises ValidationError for a query
    without sense."""
    asked = query(data=request.query_params.dict())
    asked.is_valid(raise_exception=True)
    return rows_answer(rows, asked, shape)


def rows_answer(
    rows: QuerySet[Row], asked: ListQuerySerializer, shape: Callable[[Row], Any]
) -> Response:
    """The rows of a query that was looked at already."""
    found = [shape(row) for row in rows[asked.window()]]
    return Response(found, headers={TOTAL_COUNT: str(rows.count())})
