from django.apps import AppConfig
from django.conf import settings
from django.db.models.signals import post_migrate

from audio.engines import registry as engines


class AudioApiConfig(AppConfig):
    name = "audio_api"
    verbose_name = "Audio API"

    def ready(self) -> None:
        from audio_api import closing, services  # models can't be imported before now
        from audio_api.jobs import audit, chores, orphans
        from audio_api.process import prices
        from audiopod.common import features

        services.register_all()
        audit.register()
        chores.add(chores.Chore(name="closed accounts", run=closing.finish_all))
        chores.add(orphans.CHORE)
        post_migrate.connect(features.make_missing, sender=self)
        post_migrate.connect(prices.make_missing, sender=self)
        engines.configure(
            engines.EngineConfig(
                models_dir=settings.MODELS_DIR,
                whisper_model=settings.WHISPER_MODEL,
                device=settings.ENGINE_DEVICE,
                engine_threads=settings.ENGINE_THREADS,
                whisper_workers=settings.WHISPER_WORKERS,
                whisper_fitted=settings.WHISPER_FITTED,
                extra_engines=settings.EXTRA_ENGINES,
            )
        )
