"""What a client of the API is told when a payment cannot be made."""

from __future__ import annotations

import pytest

from audiopod.errors import problem_of
from wallet.gateway import (
    CardDeclined,
    GatewayRefused,
    GatewayUnavailable,
    PaymentsNotConfigured,
)


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (PaymentsNotConfigured(), 503, "payments_not_configured"),
        (GatewayUnavailable(), 503, None),
        (GatewayRefused("No such customer.", "resource_missing"), 502, "payment_refused"),
        (GatewayRefused("It is over.", "topup_over"), 409, "topup_over"),
        (CardDeclined("Your card was declined.", "lost_card"), 402, "lost_card"),
    ],
)
def test_each_has_its_status_and_its_words(error, status, code):
    problem = problem_of(error)
    assert (problem.status, problem.code) == (status, code)
    assert problem.message == str(error)


def test_only_a_provider_that_does_not_answer_is_asked_again():
    assert int(problem_of(GatewayUnavailable()).headers["Retry-After"]) >= 1
    assert "Retry-After" not in problem_of(PaymentsNotConfigured()).headers
