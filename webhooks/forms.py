"""The forms of webhooks."""

from __future__ import annotations

from datetime import timedelta

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audiopod.common.problem import Problem
from webhooks import endpoints
from webhooks.events import OF_JOBS, of_jobs
from webhooks.models import MAX_DESCRIPTION_CHARACTERS, Delivery, Endpoint
from webhooks.targets import MAX_URL_CHARACTERS


class EndpointForm(forms.Form):
    """An endpoint: a new one, or what is changed of one."""

    url = forms.CharField(
        label=_("Address"),
        max_length=MAX_URL_CHARACTERS,
        help_text=_("an https:// address of yours that takes a POST"),
        widget=forms.URLInput(
            attrs={"autocomplete": "off", "placeholder": "https://example.com/audiopod"}
        ),
    )
    description = forms.CharField(
        label=_("Description"),
        max_length=MAX_DESCRIPTION_CHARACTERS,
        required=False,
        help_text=_("what you know it by; it may be empty"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    events = forms.MultipleChoiceField(
        label=_("What it is told of"),
        choices=[(event.value, event.label) for event in OF_JOBS],
        initial=of_jobs,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Tick what it is to be told of.")},
    )

    def create(self, user: User) -> tuple[Endpoint, str] | None:
        """The endpoint with its secret, or None where the form has why not."""
        try:
            return endpoints.create(user, **self.cleaned_data)
        except Problem as problem:
            self._refused(problem)
            return None

    def change(self, endpoint: Endpoint) -> bool:
        """Whether it was changed, else the form has why not."""
        try:
            endpoints.change(endpoint, **self.cleaned_data)
        except Problem as problem:
            self._refused(problem)
        return not self.errors

    def _refused(self, problem: Problem) -> None:
        self.add_error("url" if problem.param == "url" else None, str(problem))


class RotateForm(forms.Form):
    """How long the old secret goes on signing."""

    OVERLAPS: list[tuple[str, str | Promise]] = [
        ("0", _("Ends at once")),
        ("1", _("Signs for another hour")),
        ("24", _("Signs for another day")),
        ("168", _("Signs for another 7 days")),
    ]

    overlap_hours = forms.ChoiceField(
        label=_("The old secret"), choices=OVERLAPS, initial="24", widget=forms.RadioSelect
    )

    @property
    def overlap(self) -> timedelta:
        return timedelta(hours=int(self.cleaned_data["overlap_hours"]))


class LogForm(forms.Form):
    """Which deliveries. What makes no sense is not asked for."""

    endpoint = forms.ModelChoiceField(
        label=_("Endpoint"),
        queryset=Endpoint.objects.none(),
        required=False,
        empty_label=_("all"),
    )
    status = forms.ChoiceField(
        label=_("Status"), choices=[("", _("all")), *Delivery.Status.choices], required=False
    )

    def __init__(self, *args: object, user: User, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        field = self.fields["endpoint"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - it stands above
        field.queryset = Endpoint.objects.for_user(user)
