"""What of a recording its new format could not keep, in words."""

from __future__ import annotations

from audio.codecs.targets import CoverPlace
from audio.codecs.verdict import Converted
from audio_api.services.conversion.params import ConversionRequest


def changes(request: ConversionRequest, made: Converted) -> list[str]:
    """A sentence for each; none where all was kept, but for what a lossy codec leaves out."""
    recipe = request.output_format.recipe
    told: list[str] = []
    if made.rate != made.source_rate:
        told.append(f"The sample rate is {made.rate} Hz instead of {made.source_rate} Hz.")
    if made.channels != made.source_channels:
        told.append(f"{made.source_channels} channels were mixed into {made.channels}.")
    if recipe.is_lossless and made.bits < made.source_bits:
        kind = "of floating point " if made.is_float else ""
        told.append(f"Samples {kind}were rounded from {made.source_bits} to {made.bits} bits.")
    if made.has_cover and recipe.cover is CoverPlace.NOWHERE:
        told.append(f"The cover was left out: {recipe.title} has no place for one.")
    return told
