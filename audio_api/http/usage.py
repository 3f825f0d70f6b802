"""`GET /api/v1/api-wallet/usage`: what every request was, and what it cost."""

from __future__ import annotations

import uuid
from typing import Any, cast

from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import ApiKey, User
from accounts.scopes import Scope
from audio_api import registry
from audio_api.models import Job, JobQuerySet
from audiopod.common import money
from wallet.api.spelling import cents_and_usd, plain_number
from wallet.serializers import PageSerializer


class UsageQuerySerializer(PageSerializer):
    """A page, of all keys of the account or of one."""

    limit = serializers.IntegerField(min_value=1, max_value=100, default=50)
    api_key_id = serializers.UUIDField(required=False)


class UsageView(APIView):
    """The requests of the account that cost money or might have, the newest first."""

    required_scopes = (Scope.WALLET_READ,)

    def get(self, request: Request) -> Response:
        """404 for a key that is not the account's."""
        asked = UsageQuerySerializer(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        jobs = _jobs(cast(User, request.user), asked.validated_data.get("api_key_id"))
        logs = [usage_row(job) for job in jobs.select_related("api_key")[asked.window()]]
        return Response(asked.answer("logs", logs))


def usage_row(job: Job) -> dict[str, Any]:
    """One request. Its cents are rounded up, and its micro-dollars exact."""
    return {
        "id": str(job.pk),
        "service_type": registry.get(job.kind).offer.service_type,
        "duration_seconds": plain_number(job.audio_seconds),
        "duration_minutes": round(job.audio_seconds / 60, 2),
        **cents_and_usd("amount", money.cents_up(job.cost_micros)),
        "amount_micros": job.cost_micros,
        "price_micros_per_minute": job.price_micros_per_minute,
        "job_id": job.public_id,
        "api_key_id": str(job.api_key.public_id) if job.api_key else None,
        "request_id": job.request_id,
        "model": job.model,
        "status": job.status,
        "created_at": job.created_at,
        "finished_at": job.finished_at,
    }


def _jobs(user: User, api_key_id: uuid.UUID | None) -> JobQuerySet:
    jobs = Job.objects.for_user(user)
    if api_key_id is None:
        return jobs
    key = ApiKey.objects.for_user(user).filter(public_id=api_key_id).first()
    if key is None:
        raise NotFound("This account has no API key of that id.")
    return jobs.filter(api_key=key)
