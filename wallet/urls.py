from django.urls import path

from wallet.api import BalanceView

urlpatterns = [
    path("balance", BalanceView.as_view(), name="wallet-balance"),
]
