"""Features are on until somebody switches them off, whatever becomes of the cache."""

from __future__ import annotations

from typing import Any

import pytest
import redis
import waffle
from waffle.models import Switch
from waffle.testutils import override_switch

from audio_api.services.speech.service import SPEECH
from audio_api.services.transcription.service import TRANSCRIPTION
from audiopod.common import features
from audiopod.common.problem import Problem

pytestmark = pytest.mark.django_db
NAMES = [feature.name for feature in features.all()]


def test_each_feature_has_a_switch_that_is_on_and_words() -> None:
    assert dict(Switch.objects.values_list("name", "active")) == dict.fromkeys(NAMES, True)
    assert {"sign_up", "playground", "top_up", "promo_codes"} < set(NAMES)
    assert {"speech", "transcription"} < set(NAMES)
    for feature in features.all():
        assert features.is_on(feature)
        assert features.said_to_be_off(feature)
        assert feature.when_off


def test_what_was_switched_off_stays_off_at_the_next_migration() -> None:
    Switch.objects.filter(name=SPEECH.switch.name).update(active=False)
    Switch.objects.filter(name=features.TOP_UP.name).delete()
    features.make_missing()
    states = dict(Switch.objects.values_list("name", "active"))
    assert states == dict.fromkeys(NAMES, True) | {SPEECH.switch.name: False}


def test_what_is_off_is_refused_in_words_for_clients() -> None:
    with override_switch("speech", active=False):
        assert not features.is_on(SPEECH.switch)
        with pytest.raises(Problem, match="switched off by the operator") as refusal:
            features.require(SPEECH.switch)
        features.require(TRANSCRIPTION.switch)
    assert (refusal.value.status, refusal.value.code) == (503, "switched_off")
    features.require(SPEECH.switch)


@pytest.mark.parametrize("active", [True, False])
def test_without_the_cache_the_database_is_asked(
    active: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silence(name: str) -> Any:
        raise redis.ConnectionError

    Switch.objects.filter(name="speech").update(active=active)
    monkeypatch.setattr(waffle, "switch_is_active", silence)
    assert features.is_on(SPEECH.switch) is active
