from django.urls import path

from webhooks import api

urlpatterns = [
    path("endpoints", api.EndpointsView.as_view(), name="webhook-endpoints"),
    path("endpoints/<str:ident>", api.EndpointView.as_view(), name="webhook-endpoint-api"),
    path("endpoints/<str:ident>/rotate", api.RotationView.as_view(), name="webhook-rotate-api"),
    path("endpoints/<str:ident>/test", api.EndpointTestView.as_view(), name="webhook-test-api"),
    path(
        "endpoints/<str:ident>/deliveries",
        api.EndpointLogView.as_view(),
        name="webhook-endpoint-log-api",
    ),
    path("deliveries", api.LogView.as_view(), name="webhook-log-api"),
    path(
        "deliveries/<str:ident>/redeliver",
        api.RedeliverView.as_view(),
        name="webhook-redeliver-api",
    ),
]
