"""The lists of models: OpenAI's, and the one that Open WebUI fetches."""

from __future__ import annotations

from django.test import Client

from audio_api.http import model_list


def test_every_model_has_the_members_of_openais() -> None:
    for model in model_list.models():
        assert set(model) == {"id", "object", "created", "owned_by", "shutdown_date"}
        assert model["object"] == "model"
        assert model["created"] > 1_600_000_000


def test_each_name_is_listed_once_and_found() -> None:
    names = [model["id"] for model in model_list.models()]
    assert len(names) == len(set(names))
    assert all(model_list.model(name) for name in names)
    assert model_list.model("gpt-5") is None


def test_open_webui_can_choose_a_speech_model_without_a_key(client: Client) -> None:
    response = client.get("/api/v1/audio/models")
    assert response.status_code == 200
    ids = [model["id"] for model in response.json()["models"]]
    assert ids[:2] == ["tts-1", "tts-1-hd"]
    assert "whisper-1" not in ids
    assert "max-age=3600" in response.headers["Cache-Control"]
