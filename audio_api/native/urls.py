from django.urls import path

from audio_api.native.credits import CreditMultipliersView, CreditsView, CreditUsageView
from audio_api.native.jobs import job_urls
from audio_api.native.music import ScoresView

urlpatterns = [
    *job_urls("jobs"),
    path("credits", CreditsView.as_view(), name="credits"),
    path("credits/usage", CreditUsageView.as_view(), name="credits-usage"),
    path("credits/multipliers", CreditMultipliersView.as_view(), name="credits-multipliers"),
    path("music/v3/availability", ScoresView.as_view(), name="music-scores"),
]
