from allauth.account.views import logout
from django.urls import include, path

from accounts.keys import views
from accounts.signin.views import LogInView

urlpatterns = [
    path("login/", LogInView.as_view(), name="login"),
    path("logout/", logout, name="logout"),
    # before allauth's page of this path: the first match answers
    path("account/login/", LogInView.as_view(), name="account_login"),
    path("account/", include("allauth.urls")),
    path("dashboard/keys/new/", views.create_key, name="key-create"),
    path("dashboard/keys/<int:key_id>/", views.edit_key, name="key-edit"),
    path("dashboard/keys/<int:key_id>/rotate/", views.rotate_key, name="key-rotate"),
    path("dashboard/keys/<int:key_id>/revoke/", views.revoke_key, name="key-revoke"),
]
