from django.urls import path

from voices import views

urlpatterns = [
    path("", views.voice_list, name="voices"),
    path("<uuid:voice_uuid>/favourite/", views.mark_favourite, name="voice-favourite"),
]
