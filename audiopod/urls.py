"""The table of contents: every mount point, nothing else."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.urls import include, path, re_path

from accounts.language import choose_language
from audio_api.native.serving import serve_file
from audio_api.openapi.views import reference
from audiopod import errors, health
from wallet.webhooks import stripe_webhook

urlpatterns = [
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("api/v1/", include("audio_api.urls")),
    path("api/v1/api-wallet/", include("wallet.urls")),
    path("api/v1/auth/", include("accounts.urls_api")),
    path("api/v1/voice/", include("voices.urls")),
    path("api/v1/webhooks/", include("webhooks.urls")),
    path("docs/api/", reference, name="api-reference"),
    path("media/<str:token>/<path:name>", serve_file, name="media"),
    path("webhooks/stripe", stripe_webhook, name="stripe-webhook"),
    re_path(r"^(api|v1)/", errors.unknown_url),
    path(settings.ADMIN_PATH, admin.site.urls),
    path("language/", choose_language, name="choose-language"),
    path("", include("accounts.urls")),
    path("dashboard/wallet/", include("wallet.urls_pages")),
    path("dashboard/webhooks/", include("webhooks.urls_pages")),
    path("voices/", include("voices.urls_pages")),
    path("", include("dashboard.urls")),
]

handler400 = errors.bad_request
handler403 = errors.permission_denied
handler404 = errors.not_found
handler500 = errors.server_error
