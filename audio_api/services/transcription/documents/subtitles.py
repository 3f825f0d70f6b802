"""Plain text, SubRip and WebVTT of a stored transcript, with the speakers where they are known."""

from __future__ import annotations

from itertools import groupby

from audio.engines.base import Word
from audio_api.services.transcription import subtitles
from audio_api.services.transcription.documents.stored import StoredSegment, StoredTranscript
from audio_api.services.transcription.subtitles import Cue, Layout, Spoken
from audio_api.services.transcription.transcripts.formats import PUBLISHED


def to_text(stored: StoredTranscript) -> str:
    """The text and a newline; a line for each turn where speakers are known."""
    if not any(segment.speaker for segment in stored.segments):
        return f"{stored.text}\n"
    turns = groupby(stored.segments, key=lambda segment: segment.speaker)
    return "".join(
        (f"{speaker}: " if speaker else "") + "".join(it.text for it in turn).strip() + "\n"
        for speaker, turn in turns
    )


def to_srt(stored: StoredTranscript, layout: Layout = PUBLISHED) -> str:
    """SubRip has no field for a speaker: the name stands before the text."""
    return subtitles.srt(_cues(stored, layout, names_speakers=True))


def to_vtt(stored: StoredTranscript, layout: Layout = PUBLISHED) -> str:
    """The speaker is WebVTT's voice. What would be markup is escaped."""
    return subtitles.vtt(_cues(stored, layout), escapes=True)


def _cues(stored: StoredTranscript, layout: Layout, *, names_speakers: bool = False) -> list[Cue]:
    spoken = [_spoken(segment) for segment in stored.segments]
    return subtitles.cues_of(
        spoken, duration=stored.duration, layout=layout, names_speakers=names_speakers
    )


def _spoken(segment: StoredSegment) -> Spoken:
    words = [Word(word.word, word.start, word.end, word.probability) for word in segment.words]
    speaker = segment.speaker or ""
    return Spoken(segment.text, segment.start, segment.end, segment.language, words, speaker)
