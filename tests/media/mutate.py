"""Damage to real files: the same numbers always give the same damage."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Sequence

MAX_BYTES = 1024 * 1024
"""No mutant is longer: splices and repetitions of long files are cut here."""
_LYING_LENGTHS = (0, 1, 7, 8, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF)
_HEADER_BYTES = 4096
"""Where lengths, counts, rates and the like are thick on the ground."""


def mutated(whole: bytes, others: Sequence[bytes], dice: random.Random) -> bytes:
    """One to four kinds of damage, one after the other. others: files to splice in."""
    data = bytearray(whole)
    for _ in range(dice.choice((1, 1, 1, 2, 3, 4))):
        damage = dice.choice(_KINDS)
        damage(data, others, dice)
        del data[MAX_BYTES:]
    return bytes(data)


def _flip_bits(data: bytearray, others: Sequence[bytes], dice: random.Random) -> None:
    for _ in range(dice.choice((1, 3, 30, 500))):
        at = _place(data, dice)
        data[at : at + 1] = bytes(byte ^ 1 << dice.randrange(8) for byte in data[at : at + 1])


def _overwrite(data: bytearray, others: Sequence[bytes], dice: random.Random) -> None:
    at, length = _place(data, dice), _length(dice)
    filling = dice.choice((bytes(length), b"\xff" * length, dice.randbytes(length)))
    data[at : at + length] = filling[: max(0, len(data) - at)]


def _truncate(data: bytearray, others: Sequence[bytes], dice: random.Random) -> None:
    del data[_place(data, dice) :]


def _behead(data: bytearray, others: Sequence[bytes], dice: random.Random) -> None:
    del data[: _place(data, dice)]


def _remove(data: bytearray, others: Sequence[bytes], dice: random.Random) -> None:
    at = _place(data, dice)
    del data[at : at + _length(dice)]


def _repeat(data: bytearray, others: Sequence[bytes], dice: random.Random) -> None:
    at = _place(data, dice)
    data[at:at] = data[at : at + _length(dice)] * dice.choice((1, 2, 50))


def _insert(data: bytearray, others: Sequence[bytes], dice: random.Random) -> None:
    at = _place(data, dice)
    data[at:at] = dice.randbytes(_length(dice))


def _lie_about_a_length(data: bytearray, others: Sequence[bytes], dice: random.Random) -> None:
    """Replace numbers that may be lengths: 2, 4 or 8 bytes, of either end."""
    for _ in range(dice.choice((1, 2, 8))):
        width, code = dice.choice(((2, "H"), (4, "I"), (4, "I"), (8, "Q")))
        layout = dice.choice("<>") + code
        at = _place(data, dice)
        if at + width > len(data):
            continue
        (told,) = struct.unpack_from(layout, data, at)
        lie = dice.choice((*_LYING_LENGTHS, told + 1, told - 1, told * 2, told // 2, len(data)))
        struct.pack_into(layout, data, at, lie % (1 << 8 * width))


def _splice(data: bytearray, others: Sequence[bytes], dice: random.Random) -> None:
    """The beginning of this file and the end of another."""
    other = dice.choice(others)
    data[_place(data, dice) :] = other[_place(other, dice) :]


def _transplant(data: bytearray, others: Sequence[bytes], dice: random.Random) -> None:
    """A piece of another file in the middle of this one."""
    other = dice.choice(others)
    here, there, length = _place(data, dice), _place(other, dice), _length(dice)
    data[here : here + length] = other[there : there + length]


def _swap(data: bytearray, others: Sequence[bytes], dice: random.Random) -> None:
    """Two pieces of it, each in the other's place."""
    length = _length(dice)
    one, two = sorted((_place(data, dice), _place(data, dice)))
    if one + length <= two:
        data[one : one + length], data[two : two + length] = (
            data[two : two + length],
            data[one : one + length],
        )


_KINDS: tuple[Callable[[bytearray, Sequence[bytes], random.Random], None], ...] = (
    *(_flip_bits, _overwrite, _truncate, _behead, _remove, _repeat, _insert),
    *(_lie_about_a_length, _lie_about_a_length, _splice, _transplant, _swap),
)


def _place(data: Sequence[int], dice: random.Random) -> int:
    """Half of all damage is done to the header."""
    reach = min(len(data), dice.choice((64, _HEADER_BYTES, len(data), len(data))))
    return dice.randrange(reach) if reach else 0


def _length(dice: random.Random) -> int:
    return dice.choice((1, 4, 16, 188, 1_000, 10_000))
