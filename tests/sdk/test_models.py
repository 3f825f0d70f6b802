"""`client.models`."""

from __future__ import annotations

import openai
import pytest
from openai import OpenAI


def test_the_models_are_listed(sdk: OpenAI) -> None:
    models = list(sdk.models.list())
    assert {"tts-1", "whisper-1"} <= {model.id for model in models}
    assert all(model.object == "model" and model.owned_by and model.created for model in models)


def test_each_listed_model_is_there(sdk: OpenAI) -> None:
    for model in sdk.models.list():
        assert sdk.models.retrieve(model.id) == model


def test_an_unknown_model_is_404(sdk: OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as refused:
        sdk.models.retrieve("no-such-model")
    assert refused.value.code == "model_not_found"
