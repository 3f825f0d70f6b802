"""libDF, the library in Rust that runs DeepFilterNet, by its C interface (`libDF/src/capi.rs` of
github.com/Rikorose/DeepFilterNet)."""

from __future__ import annotations

import ctypes
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from audio.engines.base import EngineError

FRAME_SAMPLES = 480
"""What it takes at a time."""
LATE_SAMPLES = 1_440
"""A sound comes out so much later than it went in: one frame of the transform, and two that the
network looks ahead."""
_LOUDEST = 8.0
"""Times full scale. More is no recording, and would grow beyond all numbers in there."""

_Floats = ctypes.POINTER(ctypes.c_float)


def opened(path: Path) -> ctypes.CDLL:
    """The library with the types of its functions. Raises OSError."""
    library = ctypes.CDLL(str(path))
    library.df_create.argtypes = [ctypes.c_char_p, ctypes.c_float, ctypes.c_char_p]
    library.df_create.restype = ctypes.c_void_p
    library.df_get_frame_length.argtypes = [ctypes.c_void_p]
    library.df_get_frame_length.restype = ctypes.c_size_t
    library.df_process_frame.argtypes = [ctypes.c_void_p, _Floats, _Floats]
    library.df_process_frame.restype = ctypes.c_float
    library.df_set_post_filter_beta.argtypes = [ctypes.c_void_p, ctypes.c_float]
    library.df_set_post_filter_beta.restype = None
    library.df_free.argtypes = [ctypes.c_void_p]
    library.df_free.restype = None
    return library


class Channel:
    """The state of one channel of one recording, of about 10 MB, until it is closed."""

    def __init__(self, library: ctypes.CDLL, model: Path, *, most_db: float, beta: float) -> None:
        """most_db: how much is taken away at most; beta: of the post-filter, 0 for none. Raises
        EngineError."""
        self._library = library
        self._state = library.df_create(str(model).encode(), most_db, None)
        if not self._state:
            raise EngineError("libDF could not read its model.")
        if library.df_get_frame_length(self._state) != FRAME_SAMPLES:
            self.close()
            raise EngineError("libDF has another model than the one that was measured.")
        if beta:
            library.df_set_post_filter_beta(self._state, beta)

    def cleaned(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """samples: shape (n,), whole frames. Raises EngineError for an outcome without a number."""
        # a panic of Rust's ends the process: it is shown nothing that is no number
        given = np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0)
        given = np.ascontiguousarray(np.clip(given, -_LOUDEST, _LOUDEST), dtype=np.float32)
        made = np.empty_like(given)
        step = FRAME_SAMPLES * given.itemsize
        for at in range(0, len(given) * given.itemsize, step):
            self._library.df_process_frame(
                self._state,
                ctypes.cast(given.ctypes.data + at, _Floats),
                ctypes.cast(made.ctypes.data + at, _Floats),
            )
        if not np.isfinite(made).all():
            raise EngineError("libDF made samples that are no numbers.")
        return made

    def close(self) -> None:
        if self._state:
            self._library.df_free(self._state)
            self._state = None
