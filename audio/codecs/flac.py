"""The first bytes of a FLAC file: its STREAMINFO, which says how long it is (RFC 9639, 8.2)."""

from __future__ import annotations

HEAD_BYTES = 42
"""`fLaC`, the four bytes before each block of metadata, and the 34 of STREAMINFO."""

_MAX_SAMPLES = 2**36 - 1
_LENGTH_AT = 21
"""The last four bits of this byte and the four bytes behind it are the number of samples."""
_DIGEST_AT = 26


def with_length(head: bytes, samples: int, digest: bytes = b"") -> bytes:
    """`head` as it is for so many samples. Bytes behind the STREAMINFO stay what they are.

    head: what FFmpeg has written at the beginning of a file that it could not go back in, at least
    `HEAD_BYTES`; digest: MD5 of the samples, or nothing where it is not known. Raises ValueError
    for bytes that are no FLAC file's.
    """
    if len(head) < HEAD_BYTES or not head.startswith(b"fLaC") or head[4] & 0x7F:
        raise ValueError("A FLAC file begins with its mark and its STREAMINFO.")
    told = bytearray(head)
    known = samples if samples <= _MAX_SAMPLES else 0  # 0: not known
    told[_LENGTH_AT] = told[_LENGTH_AT] & 0xF0 | known >> 32
    told[_LENGTH_AT + 1 : _DIGEST_AT] = (known & 0xFFFF_FFFF).to_bytes(4, "big")
    if digest:
        told[_DIGEST_AT:HEAD_BYTES] = digest
    return bytes(told)
