from django.apps import AppConfig
from django.conf import settings
from django.db.models.signals import post_migrate

from audio.engines import registry


class AudioApiConfig(AppConfig):
    name = "audio_api"
    verbose_name = "Audio API"

    def ready(self) -> None:
        from audio_api import job_audit  # models can't be imported before now
        from audiopod.common import features

        job_audit.register()
        post_migrate.connect(features.make_missing, sender=self)
        registry.configure(
            registry.EngineConfig(
                models_dir=settings.MODELS_DIR,
                whisper_model=settings.WHISPER_MODEL,
                device=settings.ENGINE_DEVICE,
                engine_threads=settings.ENGINE_THREADS,
                whisper_workers=settings.WHISPER_WORKERS,
                extra_engines=settings.EXTRA_ENGINES,
            )
        )
