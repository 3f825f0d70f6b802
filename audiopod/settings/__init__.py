"""Every setting, each by one environment variable, all of them in `.env.example`.

With no environment at all AudioPod is *embedded*: SQLite, workers inside the web process, files
in `var/`. `DATABASE_URL` and `REDIS_URL` make it *grown up*: the same code on PostgreSQL, Redis
and as many web and worker processes as wanted. What no environment changes is in the modules beside
this one.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF

from audiopod.common import redis_clients
from audiopod.settings.api import *  # noqa: F403
from audiopod.settings.assembly import *  # noqa: F403
from audiopod.settings.secret import secret_of
from audiopod.settings.signin import *  # noqa: F403

BASE_DIR = Path(__file__).resolve().parent.parent.parent
env = environ.Env()
if (BASE_DIR / ".env").exists():
    environ.Env.read_env(BASE_DIR / ".env", overwrite=False)

DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / "var"))).resolve()
try:
    DATA_DIR.mkdir(parents=True, exist_ok=True)
except OSError as error:
    raise SystemExit(
        f"The folder {DATA_DIR} cannot be made ({error.strerror}): set DATA_DIR to another one."
    ) from None


# --- the site -------------------------------------------------------------------------------
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="") or secret_of(DATA_DIR)
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
HOST = env.str("HOST", default="127.0.0.1")
PORT = env.str("PORT", default="8000")
_reached_at = "127.0.0.1" if HOST in {"0.0.0.0", "::"} else HOST  # noqa: S104 - compared, not bound
if ":" in _reached_at:
    _reached_at = f"[{_reached_at}]"
PUBLIC_URL = env.str("PUBLIC_URL", default=f"http://{_reached_at}:{PORT}").rstrip("/")
_public_host = urlsplit(PUBLIC_URL).hostname or "127.0.0.1"
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]", _public_host])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[PUBLIC_URL])
ADMIN_PATH = env.str("ADMIN_PATH", default="admin/")

HTTPS = PUBLIC_URL.startswith("https://")
SECURE_SSL_REDIRECT = HTTPS
# An API that redirects teaches clients to send their key in clear first.
SECURE_REDIRECT_EXEMPT = [r"^api/", r"^healthz$", r"^readyz$", r"^metrics$"]
BEHIND_PROXY = env.bool("BEHIND_PROXY", default=False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31_536_000 if HTTPS else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "__Host-sessionid" if HTTPS else "sessionid"
SESSION_COOKIE_AGE = 12 * 3600
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY: dict[str, Any] = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "media-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# --- data -----------------------------------------------------------------------------------
DATABASES: dict[str, Any] = {
    "default": env.db("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'audiopod.sqlite3'}")
}
_database = DATABASES["default"]
if _database["ENGINE"] == "django.db.backends.sqlite3":
    # IMMEDIATE: a transaction takes the write lock when it begins, so that what it read
    # is still true when it writes, and nobody meets "database is locked" in the middle.
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
    _database["TEST"] = {"NAME": DATA_DIR / "test.sqlite3"}
else:
    _database["CONN_MAX_AGE"] = 0
    _database["CONN_HEALTH_CHECKS"] = True  # a pooled connection may not outlive its server
    _database["OPTIONS"] = {
        "pool": {
            "min_size": 2,
            "max_size": env.int("DATABASE_POOL_MAX", default=10),
            "timeout": 5,
        },
        "options": "-c lock_timeout=5s -c statement_timeout=30s"
        " -c idle_in_transaction_session_timeout=30s",
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

MEDIA_ROOT = DATA_DIR / "media"
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
SERVESTATIC_USE_FINDERS = env.bool("SERVESTATIC_USE_FINDERS", default=True)
SERVESTATIC_USE_MANIFEST = False
S3_BUCKET = env.str("S3_BUCKET", default="")
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
if S3_BUCKET:
    STORAGES["default"] = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": S3_BUCKET,
            "endpoint_url": env.str("S3_ENDPOINT_URL", default="") or None,
            "region_name": env.str("S3_REGION", default="") or None,
            "access_key": env.str("S3_ACCESS_KEY_ID", default="") or None,
            "secret_key": env.str("S3_SECRET_ACCESS_KEY", default="") or None,
            "querystring_auth": True,
            "file_overwrite": False,
        },
    }

# --- people ---------------------------------------------------------------------------------
# browsers offer passkeys on https, and on this very machine without
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS and _public_host in {"localhost", "127.0.0.1", "::1"}
STARTER_CREDIT_MICROS = env.int("STARTER_CREDIT_MICROS", default=1_000_000)
API_KEY_PEPPERS = env.list("API_KEY_PEPPERS", default=[SECRET_KEY, *SECRET_KEY_FALLBACKS])
"""The first makes new digests, all are accepted: put a new one in front to rotate."""

# --- money ----------------------------------------------------------------------------------
LOW_BALANCE_MICROS = env.int("LOW_BALANCE_MICROS", default=5_000_000)
STRIPE_SECRET_KEY = env.str("STRIPE_SECRET_KEY", default="")
STRIPE_PUBLISHABLE_KEY = env.str("STRIPE_PUBLISHABLE_KEY", default="")
STRIPE_WEBHOOK_SECRETS = env.list("STRIPE_WEBHOOK_SECRETS", default=[])
"""Each is accepted: put a new one beside the old to rotate."""
STRIPE_AUTOMATIC_TAX = env.bool("STRIPE_AUTOMATIC_TAX", default=False)
STRIPE_TAX_CODE = env.str("STRIPE_TAX_CODE", default="")
STRIPE_API_BASE = env.str("STRIPE_API_BASE", default="")
DEMO_PAYMENTS = env.bool("DEMO_PAYMENTS", default=False)
BILLING_SECONDS = env.int("BILLING_SECONDS", default=10)
RECONCILE_SECONDS = env.int("RECONCILE_SECONDS", default=600)

# --- engines --------------------------------------------------------------------------------
_cores = os.cpu_count() or 1
MODELS_DIR = Path(env.str("MODELS_DIR", default=str(DATA_DIR / "models")))
_models_local = env.str("MODELS_LOCAL", default="")
MODELS_LOCAL = Path(_models_local) if _models_local else None
WHISPER_MODEL = env.str("WHISPER_MODEL", default="whisper-base")
ENGINE_DEVICE = env.str("ENGINE_DEVICE", default="auto")
ENGINE_THREADS = env.int("ENGINE_THREADS", default=_cores)
WHISPER_WORKERS = env.int("WHISPER_WORKERS", default=2)
WHISPER_FITTED = env.bool("WHISPER_FITTED", default=True)
EXTRA_ENGINES = tuple(env.list("EXTRA_ENGINES", default=[]))
PRELOAD_ENGINES = env.bool("PRELOAD_ENGINES", default=True)
ENGINE_IDLE_SECONDS = env.int("ENGINE_IDLE_SECONDS", default=0)

# --- switches ---------------------------------------------------------------------------------
WAFFLE_SWITCH_DEFAULT = True
"""What nobody has switched off is on."""

# --- requests and jobs ----------------------------------------------------------------------
REDIS_URL = env.str("REDIS_URL", default="")
if REDIS_URL:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": REDIS_URL,
            "KEY_PREFIX": "ap-cache",
            "OPTIONS": redis_clients.OPTIONS,
        }
    }
else:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            # Django's 300 would let a crowd of strangers push out what others' attempts count.
            "OPTIONS": {"MAX_ENTRIES": 100_000},
        }
    }
INTERACTIVE_WORKERS = env.int("INTERACTIVE_WORKERS", default=2)
BATCH_WORKERS = env.int("BATCH_WORKERS", default=1)
BACKGROUND_WORKERS = env.int("BACKGROUND_WORKERS", default=1)
BATCH_FROM_SECONDS = env.int("BATCH_FROM_SECONDS", default=60)
JOB_LEASE_SECONDS = env.int("JOB_LEASE_SECONDS", default=12)
JOB_TIME_LIMIT_SECONDS = env.int("JOB_TIME_LIMIT_SECONDS", default=4 * 3600)
STALLED_CLIENT_SECONDS = env.int("STALLED_CLIENT_SECONDS", default=60)
SWEEP_SECONDS = env.int("SWEEP_SECONDS", default=3)
QUEUE_WAIT_SECONDS = env.int("QUEUE_WAIT_SECONDS", default=120)
BATCH_WAIT_SECONDS = env.int("BATCH_WAIT_SECONDS", default=1800)
JOB_FILES_SECONDS = env.int("JOB_FILES_SECONDS", default=24 * 3600)
MEDIA_LINK_SECONDS = env.int("MEDIA_LINK_SECONDS", default=3600)
MEDIA_REDIRECT = env.bool("MEDIA_REDIRECT", default=False)
MAX_HELD_ANSWERS = env.int("MAX_HELD_ANSWERS", default=500)
IDEMPOTENCY_SECONDS = env.int("IDEMPOTENCY_SECONDS", default=24 * 3600)
MAX_UPLOAD_BYTES = env.int("MAX_UPLOAD_BYTES", default=26_214_400)
MAX_AUDIO_SECONDS = env.int("MAX_AUDIO_SECONDS", default=4 * 3600)
MAX_TRANSCRIPT_BYTES = max(1024 * 1024, 640 * MAX_AUDIO_SECONDS)
"""Of one that comes back corrected: three words a second with their times, in letters that JSON
spells with six."""
MIN_UPLOAD_BYTES_PER_SECOND = env.int("MIN_UPLOAD_BYTES_PER_SECOND", default=1024)
SLOW_UPLOAD_SECONDS = env.int("SLOW_UPLOAD_SECONDS", default=15)
MAX_SPOOLED_BYTES = env.int("MAX_SPOOLED_BYTES", default=2 * 1024**3)
CONVERSION_MAX_BYTES = env.int("CONVERSION_MAX_BYTES", default=1024**3)
CONVERSION_MAX_SECONDS = env.int("CONVERSION_MAX_SECONDS", default=10 * 3600)
CONVERSION_MAX_OUTPUT_BYTES = env.int("CONVERSION_MAX_OUTPUT_BYTES", default=4 * 10**9)
DENOISE_MAX_BYTES = env.int("DENOISE_MAX_BYTES", default=1024**3)
DENOISE_MAX_SECONDS = env.int("DENOISE_MAX_SECONDS", default=2 * 3600)
URL_INTAKE_ALLOW = env.list("URL_INTAKE_ALLOW", default=[])
URL_INTAKE_MAX_BYTES = env.int("URL_INTAKE_MAX_BYTES", default=MAX_UPLOAD_BYTES)
URL_INTAKE_SECONDS = env.int("URL_INTAKE_SECONDS", default=300)
URL_INTAKE_HOLD_SECONDS = env.int("URL_INTAKE_HOLD_SECONDS", default=3600)
WEBHOOK_ALLOW = env.list("WEBHOOK_ALLOW", default=[])
WEBHOOK_WORKERS = env.int("WEBHOOK_WORKERS", default=8)
WEBHOOK_LOG_DAYS = env.int("WEBHOOK_LOG_DAYS", default=30)
MAX_WEBHOOK_ENDPOINTS = env.int("MAX_WEBHOOK_ENDPOINTS", default=20)
RATE_LIMIT_PER_MINUTE = env.int("RATE_LIMIT_PER_MINUTE", default=600)
BAD_KEYS_PER_MINUTE = env.int("BAD_KEYS_PER_MINUTE", default=20)
ACCOUNT_CHANGES_PER_MINUTE = env.int("ACCOUNT_CHANGES_PER_MINUTE", default=30)
MAX_CONCURRENT_JOBS = env.int("MAX_CONCURRENT_JOBS", default=100)
MAX_DETACHED_JOBS = env.int("MAX_DETACHED_JOBS", default=1000)
MAX_KEPT_BYTES = env.int("MAX_KEPT_BYTES", default=20 * 1024**3)
MAX_QUEUED_JOBS = env.int("MAX_QUEUED_JOBS", default=500)
CORS_ALLOWED_ORIGINS = env.list("CORS_ALLOWED_ORIGINS", default=["*"])
DATA_UPLOAD_MAX_MEMORY_SIZE = max(8 * 1024 * 1024, MAX_TRANSCRIPT_BYTES)
FILE_UPLOAD_PERMISSIONS, FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o600, 0o700
FILE_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024

# --- words ----------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
FORMAT_MODULE_PATH = ["audiopod.formats"]
LOCALE_PATHS = [BASE_DIR / "audiopod" / "locale"]
LANGUAGE_COOKIE_HTTPONLY, LANGUAGE_COOKIE_SAMESITE = True, "Lax"
LANGUAGE_COOKIE_SECURE = HTTPS
LANGUAGE_COOKIE_AGE = 365 * 86_400
TIME_ZONE = "UTC"
USE_TZ = True
EMAIL_CONFIG = env.email("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
EMAIL_TIMEOUT = 10  # seconds: Django would wait for a silent mail server for ever
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default=f"AudioPod <no-reply@{_public_host}>")

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"mask_keys": {"()": "audiopod.common.masking.MaskKeys"}},
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["mask_keys"],
        }
    },
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "faster_whisper": {"level": "WARNING"},
        "phonemizer": {"level": "ERROR"},
        # it warns when a second worker is added to the embedded broker, which is meant
        "dramatiq.broker.StubBroker": {"level": "ERROR"},
        "stripe": {"level": "WARNING"},  # it writes a line for every call
        "django.request": {"level": "CRITICAL"},  # the access log line says it already
    },
}
