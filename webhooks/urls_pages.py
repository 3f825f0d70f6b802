from django.urls import path

from webhooks import log_views, views

urlpatterns = [
    path("", views.listing, name="webhooks"),
    path("new/", views.add, name="webhook-new"),
    path("secret/", views.account_secret, name="webhook-account-secret"),
    path("log/", log_views.log, name="webhook-log"),
    path("log/<uuid:ident>/", log_views.delivery, name="webhook-delivery"),
    path("log/<uuid:ident>/again/", log_views.redeliver, name="webhook-redeliver"),
    path("<uuid:ident>/", views.one, name="webhook"),
    path("<uuid:ident>/pause/", views.pause, name="webhook-pause"),
    path("<uuid:ident>/test/", views.test, name="webhook-test"),
    path("<uuid:ident>/rotate/", views.rotate, name="webhook-rotate"),
    path("<uuid:ident>/rotated/", views.finish_rotation, name="webhook-rotated"),
    path("<uuid:ident>/remove/", views.remove, name="webhook-remove"),
]
