"""Jobs that no client waits for, and their files."""

from __future__ import annotations

from tests.mutations.rules import CRASHES, SETTLEMENT, Change

DETACHED, FILES = "audio_api/jobs/detached.py", "audio_api/jobs/files.py"
ATTEMPT, SWEEPER = "audio_api/jobs/attempt.py", "audio_api/jobs/sweeper.py"
ORPHANS, RESENDING = "audio_api/jobs/orphans.py", "audio_api/jobs/resending.py"

OF_JOBS = "tests/audio_api/jobs"
OF_FILES = "tests/audio_api/jobs/test_files.py"
OF_ATTEMPTS = "tests/audio_api/jobs/test_attempt.py"

CHANGES = [
    Change(
        "a detached job is cancelled while it is open, and not later",
        SETTLEMENT,
        "mine = Job.objects.open().filter(pk=job.pk, is_detached=True)",
        "mine = Job.objects.filter(pk=job.pk, is_detached=True)",
        (OF_JOBS,),
    ),
    Change(
        "outputs have rows when their job has succeeded",
        SETTLEMENT,
        "        JobFile.objects.bulk_create(outputs)\n",
        "",
        (OF_FILES,),
    ),
    Change(
        "decoded audio goes with the end of the job",
        SETTLEMENT,
        "files.drop_decoded(job) if job.is_detached else []",
        "[]",
        (OF_FILES,),
    ),
    Change(
        "text and files are kept until a moment",
        SETTLEMENT,
        'return {"kept_until": kept_until, **whole}',
        "return whole",
        (OF_FILES,),
    ),
    Change(
        "holding the money and saving a detached job are one transaction",
        DETACHED,
        "    with transaction.atomic():\n        wallet.hold(",
        "    if True:\n        wallet.hold(",
        (OF_JOBS, CRASHES),
    ),
    Change(
        "one account has so many jobs open",
        DETACHED,
        "        admission.admit_detached(job)\n",
        "",
        (OF_JOBS,),
    ),
    Change(
        "a job is run again once",
        DETACHED,
        "        if not let_go:\n            raise not_to_be_retried(job)\n",
        "",
        (OF_JOBS,),
    ),
    Change(
        "what is erased is not run again",
        DETACHED,
        "same.filter(deleted_at=None, kept_until__gt=now).update(",
        "same.update(",
        (OF_JOBS,),
    ),
    Change(
        "a try that was run again keeps no text",
        DETACHED,
        "            params=without_content(job),\n",
        "",
        (OF_JOBS,),
    ),
    Change(
        "the same request gets its first job, though that took the last money",
        DETACHED,
        "isinstance(error, IntegrityError | Problem | UNPAID)",
        "isinstance(error, IntegrityError)",
        (OF_JOBS,),
    ),
    Change(
        "a key is for one request",
        DETACHED,
        "    if first and first.fingerprint != job.fingerprint:\n"
        "        raise idempotency.used_for_another_request()\n",
        "",
        (OF_JOBS,),
    ),
    Change(
        "a job is not sent again at every sweep",
        RESENDING,
        "for job in _lost(queue)[:BATCH_SIZE] if _may_be_sent(job)]",
        "for job in _lost(queue)[:BATCH_SIZE]]",
        (OF_JOBS,),
    ),
    Change(
        "outputs of an attempt that failed are removed",
        ATTEMPT,
        "        files.forget(self._outputs)\n",
        "",
        (OF_FILES,),
    ),
    Change(
        "outputs that may be paid for are not removed",
        ATTEMPT,
        "                self._outputs = []  # they may be paid for: what has no row is left to"
        " the sweeper\n",
        "",
        (OF_FILES,),
    ),
    Change(
        "a job that was cancelled stops its worker",
        ATTEMPT,
        "        if not held:\n            raise LeaseLost(str(self.job.id))\n",
        "",
        (OF_ATTEMPTS,),
    ),
    Change(
        "a detached job that has killed its worker twice fails",
        SWEEPER,
        "lost.filter(attempt__lt=MAX_ATTEMPTS).update(",
        "lost.update(",
        (OF_JOBS,),
    ),
    Change(
        "a restart of the server leaves detached jobs alone",
        SWEEPER,
        "Job.objects.open().filter(is_detached=False)",
        "Job.objects.open()",
        (OF_JOBS,),
    ),
    Change(
        "the hold of an open job does not expire",
        SWEEPER,
        "        if job_id in busy:\n",
        "        if False:\n",
        (OF_JOBS,),
    ),
    Change(
        "outputs of a job that runs are no orphans",
        ORPHANS,
        "for path in old - spare(old):",
        "for path in old:",
        (OF_FILES,),
    ),
    Change(
        "erasing takes the row of the job before its files",
        FILES,
        "        erased = _rows_taken(JobFile.objects.filter(job=job))\n",
        "        erased = []\n",
        (OF_FILES,),
    ),
    Change(
        "what was said is erased with the files",
        FILES,
        "kept_until=None, params=without_content(job), display_name=",
        "kept_until=None, display_name=",
        (OF_FILES,),
    ),
]
