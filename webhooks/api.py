"""`/api/v1/webhooks/…`: where an account is told of its jobs, and what it was told."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import cast

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import limits
from accounts.models import User
from accounts.scopes import Scope
from audiopod.common.problem import Problem
from webhooks import endpoints, outbox
from webhooks.models import Delivery, DeliveryQuerySet, Endpoint
from webhooks.serializers import (
    DeliveryQuerySerializer,
    DeliverySerializer,
    EndpointChangeSerializer,
    EndpointSerializer,
    NewEndpointSerializer,
    RotationSerializer,
)

NEVER_STORED = {"Cache-Control": "no-store"}
READ, WRITE = (Scope.WEBHOOKS_READ,), (Scope.WEBHOOKS_WRITE,)


class EndpointsView(APIView):
    """The account's endpoints, and a new one."""

    required_scopes = {"GET": READ, "POST": WRITE}

    def get(self, request: Request) -> Response:
        mine = Endpoint.objects.for_user(_user(request))
        return Response(EndpointSerializer(mine, many=True).data)

    def post(self, request: Request) -> Response:
        """Only this answer contains its secret. Raises Problem as `endpoints.create`, and 429."""
        limits.count_account_change(_user(request))
        asked = NewEndpointSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        fields = asked.validated_data
        made, secret = endpoints.create(
            _user(request),
            url=fields["url"],
            events=fields.get("events") or (),
            description=fields.get("description") or "",
        )
        body = EndpointSerializer(made).data | {"secret": secret}
        return Response(body, status=201, headers=NEVER_STORED)


class EndpointView(APIView):
    """One endpoint."""

    required_scopes = {"GET": READ, "PATCH": WRITE, "DELETE": WRITE}

    def get(self, request: Request, ident: str) -> Response:
        return Response(EndpointSerializer(_endpoint(request, ident)).data)

    def patch(self, request: Request, ident: str) -> Response:
        endpoint = _endpoint(request, ident)
        asked = EndpointChangeSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        endpoints.change(endpoint, **asked.validated_data)
        return Response(EndpointSerializer(endpoint).data)

    def delete(self, request: Request, ident: str) -> Response:
        """204, also for one that is removed already: a client that got no answer asks again."""
        known = Endpoint.objects.filter(user=_user(request), pk=_uuid(ident)).first()
        if known is None:
            raise _no_such_endpoint()
        if known.deleted_at is None:
            endpoints.remove(known)
        return Response(status=204)


class RotationView(APIView):
    """A new secret for one endpoint."""

    required_scopes = WRITE

    def post(self, request: Request, ident: str) -> Response:
        """Only this answer contains the new secret. Raises Problem: 404, 429."""
        limits.count_account_change(_user(request))
        endpoint = _endpoint(request, ident)
        asked = RotationSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        overlap = timedelta(hours=asked.validated_data["overlap_hours"])
        secret = endpoints.rotate(endpoint, overlap=overlap)
        signs_until = {"secret": secret, "old_secret_signs_until": endpoint.previous_until}
        return Response(EndpointSerializer(endpoint).data | signs_until, headers=NEVER_STORED)


class EndpointTestView(APIView):
    """A test event for one endpoint."""

    required_scopes = WRITE

    def post(self, request: Request, ident: str) -> Response:
        """The delivery as it is before it is sent: the log has what came of it."""
        limits.count_account_change(_user(request))
        test = outbox.write_test(_endpoint(request, ident))
        return Response(DeliverySerializer(test).data)


class EndpointLogView(APIView):
    """What was sent to one endpoint."""

    required_scopes = READ

    def get(self, request: Request, ident: str) -> Response:
        endpoint = _endpoint(request, ident)
        mine = Delivery.objects.for_user(_user(request))
        return _log(request, mine.filter(receiver__endpoint=endpoint))


class LogView(APIView):
    """What was sent to any endpoint of the account, and to the addresses that jobs named."""

    required_scopes = READ

    def get(self, request: Request) -> Response:
        return _log(request, Delivery.objects.for_user(_user(request)))


class RedeliverView(APIView):
    """An event once more."""

    required_scopes = WRITE

    def post(self, request: Request, ident: str) -> Response:
        """The delivery that sends it, under the same event id."""
        limits.count_account_change(_user(request))
        mine = Delivery.objects.for_user(_user(request))
        delivery = mine.filter(pk=_uuid(ident)).first()
        if delivery is None:
            raise Problem(
                "This account has no delivery of that id.",
                status=404,
                code="webhook_delivery_not_found",
            )
        return Response(DeliverySerializer(outbox.write_again(delivery)).data)


def _log(request: Request, deliveries: DeliveryQuerySet) -> Response:
    """An array, the newest first, with the number of all in a header."""
    query = DeliveryQuerySerializer(data=request.query_params.dict())
    query.is_valid(raise_exception=True)
    asked = query.validated_data
    for column in ("status", "event_type"):
        if column in asked:
            deliveries = deliveries.filter(**{column: asked[column]})
    found = deliveries.prefetch_related("tries")[asked["skip"] : asked["skip"] + asked["limit"]]
    headers = {"X-Total-Count": str(deliveries.count())}
    return Response(DeliverySerializer(found, many=True).data, headers=headers)


def _endpoint(request: Request, ident: str) -> Endpoint:
    """An endpoint of the account. Raises Problem (404), for those of others too."""
    found = Endpoint.objects.for_user(_user(request)).filter(pk=_uuid(ident)).first()
    if found is None:
        raise _no_such_endpoint()
    return found


NOTHING = uuid.UUID(int=0)


def _uuid(ident: str) -> uuid.UUID:
    """That of nothing for a text that is no UUID."""
    try:
        return uuid.UUID(ident)
    except ValueError:
        return NOTHING


def _no_such_endpoint() -> Problem:
    return Problem(
        "This account has no webhook endpoint of that id.",
        status=404,
        code="webhook_endpoint_not_found",
    )


def _user(request: Request) -> User:
    return cast(User, request.user)
