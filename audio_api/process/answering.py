"""Whether what a server needs answers, in words."""

from __future__ import annotations

import redis
from django.db import DatabaseError, connection

from audio_api.channel.redis_stream import sync_client

OK = "ok"


def database() -> str:
    """ "ok", or what is wrong."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        return f"does not answer: {type(error).__name__}"
    return OK


def redis_server() -> str:
    """The same of Redis, where REDIS_URL names one."""
    try:
        sync_client().ping()
    except redis.RedisError as error:
        return f"does not answer: {type(error).__name__}"
    return OK
