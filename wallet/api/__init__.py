"""The wallet's own endpoints, in the shapes of AudioPod's."""

from wallet.api.balance import BalanceView, CheckBalanceView
from wallet.api.prices import EstimateView, PricingView, ServiceTypesView
from wallet.api.topups import CheckoutView, PaymentIntentView, RedeemView, TopupsView

__all__ = [
    "BalanceView",
    "CheckBalanceView",
    "CheckoutView",
    "EstimateView",
    "PaymentIntentView",
    "PricingView",
    "RedeemView",
    "ServiceTypesView",
    "TopupsView",
]
