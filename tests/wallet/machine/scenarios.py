"""Every way in which money moves, each made ready to be called: for what crashes in the middle."""

from tests.wallet.machine import of_credit, of_jobs, of_payments
from tests.wallet.machine.scenario import SCENARIOS, Scenario

__all__ = ["SCENARIOS", "Scenario", "of_credit", "of_jobs", "of_payments"]
