"""What part of speech each word of an English sentence is, where requirements-en.txt is installed.

The model of `gruut-lang-en`, nine megabytes of a conditional random field, is read by
`python-crfsuite`. Its tags are those of the Penn Treebank.
"""

from __future__ import annotations

import base64
import string
import threading
from collections.abc import Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

_READER, _MODEL = "pycrfsuite", "gruut_lang_en"
_NEIGHBOURS = (-2, -1, 1, 2)
_Features = dict[str, str | int | bool | float]

_lock = threading.Lock()
"""The model is asked about one sentence at a time: it keeps it until it has answered."""


def installed() -> bool:
    """Whether the model and what reads it are here. Loads neither."""
    return bool(find_spec(_READER) and find_spec(_MODEL))


def tags(words: Sequence[str]) -> list[str]:
    """A tag (`NN`, `VBD`, …) for each word and mark of one sentence, "don't" being `do` and `n't`.
    Raises whatever the library does."""
    features = [_features(words, at) for at in range(len(words))]
    with _lock:
        found: list[str] = _tagger().tag(features)
    return found


@lru_cache(maxsize=1)
def _tagger() -> Any:
    import pycrfsuite

    package = find_spec(_MODEL)
    if package is None or package.origin is None:
        raise ModuleNotFoundError(_MODEL)
    tagger = pycrfsuite.Tagger()
    tagger.open(str(Path(package.origin).with_name("pos") / "model.crf"))
    return tagger


def _features(words: Sequence[str], at: int) -> _Features:
    """What the model was trained to see: the word, two before it, two after it, and the ends."""
    seen = _seen(words[at], "")
    if at == 0:
        seen["BOS"] = True
    if at == len(words) - 1:
        seen["EOS"] = True
    for step in _NEIGHBOURS:
        if 0 <= at + step < len(words):
            seen |= _seen(words[at + step], f"{step:+d}:")
    return seen


def _seen(word: str, prefix: str) -> _Features:
    return {
        f"{prefix}bias": 1.0,
        f"{prefix}word": base64.b64encode(word.encode()).decode(),
        f"{prefix}len(word)": len(word),
        f"{prefix}word.ispunctuation": word in string.punctuation,
        f"{prefix}word.isdigit()": word.isdigit(),
        f"{prefix}word[:2]": word[:2],
        f"{prefix}word[:3]": word[:3],
        f"{prefix}word[-2:]": word[-2:],
        f"{prefix}word[-3:]": word[-3:],
    }
