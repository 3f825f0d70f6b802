"""What a reconciliation has found."""

from __future__ import annotations

from dataclasses import dataclass, field

from audiopod.common import money


@dataclass(frozen=True)
class Finding:
    """What was found, of what, and for mended things what was done."""

    subject: str
    text: str

    def __str__(self) -> str:
        return f"{self.subject}: {self.text}"


@dataclass(frozen=True, kw_only=True)
class Total:
    """One kind of movement, as both sides have it."""

    name: str
    count: int
    stripe_micros: int
    """What Stripe moved, without its fees."""
    tax_micros: int
    """The part of it that was never credit."""
    booked_micros: int
    """What our entries move over the account `stripe`."""

    @property
    def difference_micros(self) -> int:
        return self.stripe_micros - self.tax_micros - self.booked_micros

    @property
    def cells(self) -> tuple[str, ...]:
        amounts = (
            self.stripe_micros,
            self.tax_micros,
            self.booked_micros,
            self.difference_micros,
        )
        return (self.name, str(self.count), *map(money.usd_exact, amounts))


@dataclass
class ReconcileReport:
    """Empty lists and no difference: both sides say the same."""

    mended: list[Finding] = field(default_factory=list)
    unexplained: list[Finding] = field(default_factory=list)
    totals: list[Total] = field(default_factory=list)
    is_dry_run: bool = False

    @property
    def is_whole(self) -> bool:
        """Nothing is left to mend or to explain."""
        return not self.unexplained and not (self.is_dry_run and self.mended)
