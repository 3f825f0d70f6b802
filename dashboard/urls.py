from django.urls import include, path, re_path

from dashboard import overview, requests, site
from dashboard.account import views as account_views
from dashboard.docs.views import docs, docs_page
from dashboard.keys import listing
from dashboard.statements import views as statement_views
from dashboard.usage import views as usage_views

urlpatterns = [
    path("", site.home, name="home"),
    path("favicon.ico", site.favicon, name="favicon"),
    path("robots.txt", site.robots, name="robots"),
    path("docs/", docs, name="docs"),
    path("docs/<slug:slug>/", docs_page, name="docs-page"),
    path("account/", account_views.account, name="account"),
    path("account/export/", account_views.export_account, name="account-export"),
    path("account/close/", account_views.close_account, name="account-close"),
    path("dashboard/", overview.dashboard, name="dashboard"),
    path("dashboard/usage/", usage_views.usage, name="usage"),
    path("dashboard/usage/usage.csv", usage_views.usage_csv, name="usage-csv"),
    path("dashboard/requests/<uuid:job_id>/", requests.request_page, name="request"),
    path(
        "dashboard/requests/<uuid:job_id>/cancel/",
        requests.cancel_request,
        name="request-cancel",
    ),
    path("dashboard/jobs/", include("dashboard.jobs.urls")),
    path("dashboard/keys/", listing.keys, name="keys"),
    path("dashboard/pronunciations/", include("dashboard.pronunciation.urls")),
    re_path(
        r"^dashboard/wallet/statements/(?P<month>[0-9]{4}-[0-9]{2})\.(?P<kind>pdf|csv)$",
        statement_views.statement,
        name="statement",
    ),
    path("playground/", include("dashboard.playground.urls")),
]
