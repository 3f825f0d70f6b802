from django.urls import path

from wallet import views
from wallet.journal.views import ledger, ledger_csv

urlpatterns = [
    path("", views.wallet, name="wallet"),
    path("top-up/", views.top_up, name="wallet-top-up"),
    path("ledger/", ledger, name="ledger"),
    path("ledger.csv", ledger_csv, name="ledger-csv"),
    path("topups/", views.all_topups, name="wallet-topups"),
    path("topups/<uuid:topup_id>/", views.topup_done, name="topup-done"),
    path("topups/<uuid:topup_id>/cancelled/", views.topup_cancelled, name="topup-cancelled"),
    path("portal/", views.portal, name="wallet-portal"),
    path("promo/", views.redeem, name="wallet-promo"),
    path("limits/", views.set_limits, name="wallet-limits"),
    path("auto-recharge/", views.recharge, name="wallet-auto-recharge"),
]
