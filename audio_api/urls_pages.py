from django.urls import include, path, re_path

from audio_api import front, key_pages, request_views, statement_views, usage_views, views
from audio_api.account_pages import views as account_views
from audio_api.docs.views import docs, docs_page

urlpatterns = [
    path("", front.home, name="home"),
    path("favicon.ico", front.favicon, name="favicon"),
    path("robots.txt", front.robots, name="robots"),
    path("docs/", docs, name="docs"),
    path("docs/<slug:slug>/", docs_page, name="docs-page"),
    path("account/", account_views.account, name="account"),
    path("account/export/", account_views.export_account, name="account-export"),
    path("account/close/", account_views.close_account, name="account-close"),
    path("dashboard/", views.dashboard, name="dashboard"),
    path("dashboard/usage/", usage_views.usage, name="usage"),
    path("dashboard/usage/usage.csv", usage_views.usage_csv, name="usage-csv"),
    path("dashboard/requests/<uuid:job_id>/", request_views.request_page, name="request"),
    path(
        "dashboard/requests/<uuid:job_id>/cancel/",
        request_views.cancel_request,
        name="request-cancel",
    ),
    path("dashboard/keys/", key_pages.keys, name="keys"),
    re_path(
        r"^dashboard/wallet/statements/(?P<month>[0-9]{4}-[0-9]{2})\.(?P<kind>pdf|csv)$",
        statement_views.statement,
        name="statement",
    ),
    path("playground/", include("audio_api.playground.urls")),
]
