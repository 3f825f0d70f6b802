"""The back half: claim a job, do the work, send it, end it. In a worker's thread.

Every attempt is fenced by its number: a worker that was taken for dead and comes back can
neither send a state nor move money for a job that is somebody else's by now.
"""

from audio_api.runner.attempts import run
from audio_api.runner.speech import await_delivery, settle_delivered

__all__ = ["await_delivery", "run", "settle_delivered"]
