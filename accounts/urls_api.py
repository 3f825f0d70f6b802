from django.urls import path

from accounts.api import ApiKeysView, ApiKeyView, MeView

urlpatterns = [
    path("me", MeView.as_view(), name="api-me"),
    path("api-keys", ApiKeysView.as_view(), name="api-keys"),
    path("api-keys/<str:ident>", ApiKeyView.as_view(), name="api-key"),
]
