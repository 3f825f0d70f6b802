from django.urls import path

from wallet import api

urlpatterns = [
    path("balance", api.BalanceView.as_view(), name="wallet-balance"),
    path("check-balance", api.CheckBalanceView.as_view(), name="wallet-check-balance"),
    path("pricing", api.PricingView.as_view(), name="wallet-pricing"),
    path("estimate", api.EstimateView.as_view(), name="wallet-estimate"),
    path("service-types", api.ServiceTypesView.as_view(), name="wallet-service-types"),
    path("topup/checkout", api.CheckoutView.as_view(), name="wallet-checkout"),
    path("topup/payment-intent", api.PaymentIntentView.as_view(), name="wallet-payment-intent"),
    path("topups", api.TopupsView.as_view(), name="wallet-topups"),
    path("redeem", api.RedeemView.as_view(), name="wallet-redeem"),
]
