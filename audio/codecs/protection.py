"""Whether a file's sound is encrypted, as shops sell it: nobody decodes it without their key."""

from __future__ import annotations

from typing import BinaryIO

from audio.codecs.boxes import is_encrypted

_ASF_ENCRYPTION = (
    bytes.fromhex("fbb3112223bdd211b4b700a0c955fc6e"),
    bytes.fromhex("14e68a292226174cb935dae07ee9289c"),
)
"""The GUIDs of the two objects that say so (ASF specification, 3.14 and 3.15)."""
_HEAD_BYTES = 256 * 1024


def is_protected(source: BinaryIO, demuxer: str) -> bool:
    """Whether its header says so."""
    if demuxer == "asf":
        source.seek(0)
        head = source.read(_HEAD_BYTES)
        return any(guid in head for guid in _ASF_ENCRYPTION)
    return demuxer == "mov" and is_encrypted(source)
