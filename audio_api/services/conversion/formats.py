"""`GET /api/v1/media-converter/formats`: what there is to choose from."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from audio.codecs.targets import CoverPlace, Quality, Target
from audio.codecs.verdict import FORMATS


def formats_answer() -> dict[str, Any]:
    """Formats in and out, and how much of a recording is taken."""
    return {
        "output_formats": [_described(target) for target in Target],
        "input_formats": list(FORMATS),
        "default_quality": Quality.HIGH,
        "max_file_size": settings.CONVERSION_MAX_BYTES,
        "max_duration": settings.CONVERSION_MAX_SECONDS,
        "max_output_size": settings.CONVERSION_MAX_OUTPUT_BYTES,
    }


def _described(target: Target) -> dict[str, Any]:
    recipe = target.recipe
    return {
        "format": target,
        "name": recipe.title,
        "content_type": recipe.content_type,
        "qualities": recipe.qualities,
        "lossless": recipe.is_lossless,
        "kilobits_per_second": {
            quality: {"mono": mono, "stereo": stereo}
            for quality, (mono, stereo) in recipe.kilobits.items()
        },
        "sample_rates": list(recipe.rates),
        "max_channels": recipe.most_channels,
        "tags": recipe.has_tags,
        "cover": recipe.cover is not CoverPlace.NOWHERE,
        "exact_length": recipe.is_exact,
    }
