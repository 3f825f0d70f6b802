"""The containers and codecs that people have, as arguments that make the ffmpeg program write them.

Nothing of it is kept: every file is made when a test wants it.
"""

from __future__ import annotations

from pathlib import Path

from tests.audio.codecs.ffmpeg import TONE, make, sine

AUDIO = {
    # the formats that OpenAI names
    "flac": "-f flac",
    "mp3": "-f mp3",
    "mpga": "-f mp3 -id3v2_version 0 -write_xing 0",
    "mp2": "-f mp2",
    "m4a": "-f ipod -c:a aac",
    "mp4": "-f mp4 -c:a aac",
    "ogg vorbis": "-f ogg -c:a libvorbis",
    "ogg flac": "-f ogg -c:a flac",
    "opus": "-f opus",
    "webm opus": "-f webm -c:a libopus",
    "webm vorbis": "-f webm -c:a libvorbis",
    "wav": "-f wav",
    # wav, whatever is in it
    "wav 8 bit": "-f wav -c:a pcm_u8",
    "wav 24 bit": "-f wav -c:a pcm_s24le",
    "wav 32 bit": "-f wav -c:a pcm_s32le",
    "wav float": "-f wav -c:a pcm_f32le",
    "wav double": "-f wav -c:a pcm_f64le",
    "wav A-law": "-f wav -c:a pcm_alaw -ar 8000",
    "wav mu-law": "-f wav -c:a pcm_mulaw -ar 8000",
    "wav IMA ADPCM": "-f wav -c:a adpcm_ima_wav",
    "wav MS ADPCM": "-f wav -c:a adpcm_ms",
    "wav Yamaha ADPCM": "-f wav -c:a adpcm_yamaha",
    "wav G.722": "-f wav -c:a g722 -ar 16000",
    "wav G.726": "-f wav -c:a g726 -ar 8000",
    "wav mp3": "-f wav -c:a libmp3lame",
    "wav extensible": "-f wav -c:a pcm_s24le -ac 6",
    "wav 8 channels": "-f wav -ac 8",
    "wav 4 kHz": "-f wav -ar 4000",
    "wav 11,025 Hz": "-f wav -ar 11025",
    "wav 192 kHz": "-f wav -ar 192000",
    "rf64": "-f wav -rf64 always",
    "w64": "-f w64",
    # variants of the others
    "mp3 320 kbit/s": "-f mp3 -b:a 320k -ac 2",
    "mp3 variable": "-f mp3 -q:a 9",
    "mp3 8 kHz": "-f mp3 -ar 8000",
    "mp3 tagged": f"-f mp3 -metadata title={'x' * 5000}",
    "flac 24 bit": "-f flac -sample_fmt s32",
    "flac 8 channels": "-f flac -ac 8",
    "opus stereo": "-f opus -ac 2",
    "opus 5.1": "-f opus -ac 6 -b:a 192k",
    "m4a lossless": "-f ipod -c:a alac",
    "mp4 index first": "-f mp4 -c:a aac -movflags faststart",
    "mp4 fragments": "-f mp4 -c:a aac -movflags frag_keyframe+empty_moov",
    "mp4 opus": "-f mp4 -c:a libopus",
    "mp4 mp3": "-f mp4 -c:a libmp3lame",
    "mp4 flac": "-f mp4 -c:a flac -strict -2",
    "mp4 ac3": "-f mp4 -c:a ac3",
    "mov": "-f mov -c:a pcm_s16le",
    "mov big endian": "-f mov -c:a pcm_s16be",
    "mov A-law": "-f mov -c:a pcm_alaw -ar 8000",
    "mov IMA ADPCM": "-f mov -c:a adpcm_ima_qt",
    "aac": "-f adts",
    "aac mpeg-2": "-f adts -write_mpeg2 1",
    "aac tagged": "-f adts -write_id3v2 1 -metadata title=tone",
    "latm": "-f latm -c:a aac",
    "mka": "-f matroska -c:a aac",
    "mka pcm": "-f matroska -c:a pcm_s16le",
    "mka true hd": "-f matroska -c:a truehd -strict -2",
    "mka dts": "-f matroska -c:a dca -ar 48000 -strict -2",
    # phones and recorders
    "3gp amr": "-f 3gp -c:a libopencore_amrnb -ar 8000",
    "3gp aac": "-f 3gp -c:a aac",
    "3g2": "-f 3g2 -c:a aac",
    "amr": "-f amr -c:a libopencore_amrnb -ar 8000",
    "aiff": "-f aiff",
    "aiff 24 bit": "-f aiff -c:a pcm_s24be",
    "aifc float": "-f aiff -c:a pcm_f32be",
    "aifc A-law": "-f aiff -c:a pcm_alaw -ar 8000",
    "aifc little endian": "-f aiff -c:a pcm_s16le",
    "aifc IMA ADPCM": "-f aiff -c:a adpcm_ima_qt",
    "caf": "-f caf",
    "caf lossless": "-f caf -c:a alac",
    "caf mu-law": "-f caf -c:a pcm_mulaw -ar 8000",
    "caf IMA ADPCM": "-f caf -c:a adpcm_ima_qt",
    "wma": "-f asf",
    "wma 1": "-f asf -c:a wmav1",
    "asf mp3": "-f asf -c:a libmp3lame",
    "au": "-f au",
    "au mu-law": "-f au -c:a pcm_mulaw -ar 8000",
    "au float": "-f au -c:a pcm_f32be",
    "voc": "-f voc",
    # collectors and discs
    "wavpack": "-f wv",
    "tta": "-f tta",
    "ac3": "-f ac3",
    "eac3": "-f eac3",
    "dts": "-f dts -c:a dca -ar 48000 -strict -2",
    # broadcasts and old web videos, without a picture
    "ts aac": "-f mpegts -c:a aac",
    "ts mp2": "-f mpegts -c:a mp2",
    "ts ac3": "-f mpegts -c:a ac3",
    "m2ts": "-f mpegts -c:a ac3 -mpegts_m2ts_mode 1",
    "flv nellymoser": "-f flv -c:a nellymoser -ar 22050",
    "flv adpcm": "-f flv -c:a adpcm_swf",
}
"""A name that tells what it is -> ffmpeg's arguments after its input."""

FILMS = {
    "mp4": "-f mp4 -c:v libx264 -c:a aac",
    "mov": "-f mov -c:v mpeg4 -c:a aac",
    "webm vp8": "-f webm -c:v libvpx -c:a libvorbis",
    "webm vp9": "-f webm -c:v libvpx-vp9 -c:a libopus",
    "mkv": "-f matroska -c:v libx264 -c:a ac3",
    "avi mp3": "-f avi -c:v mpeg4 -c:a libmp3lame",
    "avi pcm": "-f avi -c:v mjpeg -c:a pcm_s16le",
    "avi ac3": "-f avi -c:v mpeg4 -c:a ac3",
    "flv mp3": "-f flv -c:v flv1 -c:a libmp3lame",
    "flv aac": "-f flv -c:v libx264 -c:a aac",
    "mpg": "-f mpeg -c:v mpeg1video -c:a mp2",
    "vob": "-f vob -c:v mpeg2video -c:a ac3",
    "vob pcm": "-f vob -c:v mpeg2video -c:a pcm_dvd -ar 48000 -ac 2",
    "ts": "-f mpegts -c:v libx264 -c:a aac",
    "wmv": "-f asf -c:v wmv2 -c:a wmav2",
    "3gp": "-f 3gp -c:v h263 -s 176x144 -c:a aac",
    "ogv": "-f ogg -c:v libtheora -c:a libvorbis",
}
_PICTURE = ("-f", "lavfi", "-i", "testsrc=size=64x48:rate=25:duration=2")


def tone(name: str, path: Path, *, seconds: float = 2.0) -> Path:
    """440 Hz as one of `AUDIO`."""
    return sine(path, *AUDIO[name].split(), seconds=seconds)


def film(name: str, path: Path) -> Path:
    """440 Hz for two seconds as one of `FILMS`, with a picture."""
    return make(path, *_PICTURE, *TONE, *FILMS[name].split())
