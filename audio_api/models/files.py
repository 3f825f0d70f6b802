"""The files of a job that no client waits for: what it was given, and what it made."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from audio_api.models.job import Job


class JobFile(models.Model):
    """A file in the storage, and how it is called for those who download it.

    Rows of outputs are written in the transaction that ends the job, so an output that has a row
    is whole and paid for.
    """

    class Role(models.TextChoices):
        UPLOAD = "upload", _("upload")
        DECODED = "decoded", _("decoded")  # 16 kHz mono s16le, erased at the job's end
        OUTPUT = "output", _("output")

    job = models.ForeignKey(Job, models.CASCADE, related_name="files")
    role = models.CharField(max_length=16, choices=Role)
    name = models.CharField(max_length=64, help_text=_("what it is to the job, such as “audio”"))
    position = models.PositiveSmallIntegerField(default=0, help_text=_("of several of one name"))
    file_name = models.CharField(max_length=255, help_text=_("under which it is downloaded"))
    path = models.CharField(max_length=255, help_text=_("in the storage"))
    content_type = models.CharField(max_length=127)
    bytes = models.BigIntegerField()

    class Meta:
        verbose_name = _("file of a job")
        verbose_name_plural = _("files of jobs")
        ordering = ["job", "role", "position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["job", "role", "name", "position"], name="job_file_once"
            ),
            models.CheckConstraint(
                name="job_file_size_not_negative", condition=models.Q(bytes__gte=0)
            ),
        ]
        indexes = [models.Index(fields=["path"], name="job_file_by_path")]

    def __str__(self) -> str:
        return f"{self.role} {self.name} of {self.job_id}"
