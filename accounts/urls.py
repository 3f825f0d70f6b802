from django.contrib.auth.views import LogoutView
from django.urls import path

from accounts import views

urlpatterns = [
    path("login/", views.Login.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("dashboard/keys/new/", views.create_key, name="key-create"),
    path("dashboard/keys/<int:key_id>/revoke/", views.revoke_key, name="key-revoke"),
]
