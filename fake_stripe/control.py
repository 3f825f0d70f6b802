"""`/_fake/`: a test plays the customer, the bank and the network. JSON in, JSON out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, fields
from typing import Any

from fake_stripe import charges, checkout, customer_side, disputes, payments, refunds
from fake_stripe.api import Api
from fake_stripe.delivery import Delivery, Settings
from fake_stripe.errors import ApiError, invalid, missing
from fake_stripe.state import Obj, State

_TWISTS = ("secret", "age_seconds", "tamper", "once")


class Control:
    """Each method is the call of its name; a result that is not a dict is a mistake."""

    def __init__(self, state: State, api: Api, delivery: Delivery) -> None:
        self.state, self.api, self.delivery = state, api, delivery
        self._first = asdict(delivery.settings)
        self.tax_percent = DEFAULT_TAX_PERCENT
        self.settle_seconds = DEFAULT_SETTLE_SECONDS
        asking = (self.state_dump, self.requests, self.deliveries)
        doing = [self.pay, self.authenticate, self.settle, self.expire, self.refund]
        doing += [self.refund_status, self.dispute, self.resend, self.config, self.reset]
        self._gets = {call.__name__.removesuffix("_dump"): call for call in asking}
        self._posts: dict[str, Callable[[Obj], Obj]] = {call.__name__: call for call in doing}

    def answer(self, method: str, name: str, body: Obj) -> Obj:
        """Raises ApiError; 404 for a call that does not exist."""
        if method == "GET" and name in self._gets:
            with self.state.lock:
                return self._gets[name]()
        if method == "POST" and name in self._posts:
            with self.state.lock:
                self.state.touched = True
                return self._posts[name](body)
        known = ", ".join([*self._gets, *self._posts])
        raise ApiError(404, f"No control {method} /_fake/{name}; there are {known}.")

    # --- the customer -----------------------------------------------------------------------
    def pay(self, body: Obj) -> Obj:
        """{session, card}: the session afterwards; a decline leaves it open, with its reason."""
        session = self._session(body)
        card = body.get("card", "pm_card_visa")
        return _despite_decline(
            lambda: customer_side.pay(self.state, session, card, tax_percent=self.tax_percent),
            session,
        )

    def authenticate(self, body: Obj) -> Obj:
        """{session | payment_intent, outcome: succeeded | failed}."""
        intent = self._intent(body)
        return _despite_decline(
            lambda: customer_side.authenticated(self.state, intent, passed=_succeeds(body)), intent
        )

    def expire(self, body: Obj) -> Obj:
        return checkout.end(self.state, self._session(body))

    # --- the bank ---------------------------------------------------------------------------
    def settle(self, body: Obj) -> Obj:
        """{session | payment_intent, outcome: succeeded | failed}: of a bank payment."""
        intent, arrived = self._intent(body), _succeeds(body)
        id_ = self.state.note(intent).get("session")
        if id_ is None:
            return payments.settle(self.state, intent, arrived=arrived)
        return customer_side.settled(self.state, self.state.objects[id_], arrived=arrived)

    def refund(self, body: Obj) -> Obj:
        """{payment_intent, amount?, reason?, status?}: as from Stripe's own dashboard."""
        found = charges.of_intent(self.state, self._intent(body))
        if found is None:
            raise invalid("There is no charge to refund.")
        kept = {name: body.get(name) for name in ("amount", "reason", "status")}
        return refunds.refund(self.state, found[0], **kept)

    def refund_status(self, body: Obj) -> Obj:
        """{refund, status: succeeded | failed | canceled}."""
        refund = self.state.get("refund", _given(body, "refund"), param="refund")
        return refunds.change(self.state, refund, _given(body, "status"))

    def dispute(self, body: Obj) -> Obj:
        """{payment_intent | dispute, amount?, status?, reason?}: opens one, or moves it on."""
        status = body.get("status", "needs_response")
        if "dispute" in body:
            found = self.state.get("dispute", body["dispute"], param="dispute")
            return disputes.decide(self.state, found, status)
        intent = self._intent(body)
        current = disputes.current(self.state, intent)
        if current:
            return disputes.decide(self.state, current, status)
        reason, amount = body.get("reason", "fraudulent"), body.get("amount")
        return disputes.open_(self.state, intent, amount=amount, status=status, reason=reason)

    # --- the network ------------------------------------------------------------------------
    def resend(self, body: Obj) -> Obj:
        """{event: id | "all", times?, secret?, age_seconds?, tamper?, once?}."""
        id_ = body.get("event", "all")
        events = list(reversed(self.state.of_kind("event")))
        if id_ != "all":
            events = [self.state.get("event", id_, param="event")]
        twists = {name: body[name] for name in _TWISTS if name in body}
        for event in events:
            self.delivery.send(event, times=body.get("times", 1), **twists)
        return {"resent": len(events)}

    def config(self, body: Obj) -> Obj:
        """Any of: the fields of delivery.Settings, webhook_url, webhook_secret, latency_ms,
        fail_next, tax_percent, settle_seconds. Answers with all of them."""
        given = dict(body)
        if "webhook_url" in given:
            given["webhook_urls"] = [given.pop("webhook_url")]
        if "webhook_secret" in given:
            given["webhook_secrets"] = [given.pop("webhook_secret")]
        for name, value in given.items():
            self._set(name, value)
        self.state.changed.notify_all()
        own = {"tax_percent": self.tax_percent, "settle_seconds": self.settle_seconds}
        return asdict(self.delivery.settings) | own | {"latency_ms": self.api.faults.latency_ms}

    def _set(self, name: str, value: Any) -> None:
        if name == "fail_next":
            try:
                self.api.faults.order(value)
            except ValueError as error:
                raise invalid(str(error)) from error
        elif name == "deliver" and value not in ("on", "off", "hold"):
            raise invalid("deliver is one of on, off, hold.")
        elif name in {setting.name for setting in fields(Settings)}:
            setattr(self.delivery.settings, name, value)
        elif name == "latency_ms":
            self.api.faults.latency_ms = value
        elif name in ("tax_percent", "settle_seconds"):
            setattr(self, name, value)
        else:
            raise invalid(f"There is no setting {name}.")

    def reset(self, body: Obj) -> Obj:
        """Everything forgotten, and configured as at the start."""
        self.delivery.clear()
        self.state.clear()
        self.api.requests.clear()
        self.api.faults.clear()
        self.tax_percent, self.settle_seconds = DEFAULT_TAX_PERCENT, DEFAULT_SETTLE_SECONDS
        for name, value in self._first.items():
            setattr(self.delivery.settings, name, list(value) if isinstance(value, list) else value)
        return {"reset": True}

    # --- what it knows ----------------------------------------------------------------------
    def deliveries(self) -> Obj:
        return {"done": list(self.delivery.log), "outstanding": len(self.state.pending)}

    def requests(self) -> Obj:
        return {"requests": list(self.api.requests)}

    def state_dump(self) -> Obj:
        return {"objects": self.state.objects, "notes": self.state.notes}

    def _session(self, body: Obj) -> Obj:
        return self.state.get("checkout.session", _given(body, "session"), param="session_id")

    def _intent(self, body: Obj) -> Obj:
        id_ = body.get("payment_intent")
        if id_ is None:
            id_ = self._session(body)["payment_intent"] or ""
        return self.state.get("payment_intent", id_, param="payment_intent")


DEFAULT_TAX_PERCENT = 10
DEFAULT_SETTLE_SECONDS = 5


def _given(body: Obj, name: str) -> str:
    if not isinstance(body.get(name), str):
        raise missing(name)
    value: str = body[name]
    return value


def _succeeds(body: Obj) -> bool:
    outcome = body.get("outcome", "succeeded")
    if outcome not in ("succeeded", "failed"):
        raise invalid("outcome is succeeded or failed.")
    return bool(outcome == "succeeded")


def _despite_decline(work: Callable[[], Obj], afterwards: Obj) -> Obj:
    """What became of it, also when the card said no."""
    try:
        return work()
    except ApiError as error:
        if error.status != 402:
            raise
        return afterwards
