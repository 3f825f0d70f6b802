"""A request to the API, from its key to its answer; what a retry of it is answered."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from dataclasses import dataclass, field
from typing import Any

from fake_stripe import routes
from fake_stripe.brackets import decode
from fake_stripe.errors import ApiError, unauthorized
from fake_stripe.expansion import expanded
from fake_stripe.faults import Fate, Faults
from fake_stripe.parameters import check
from fake_stripe.state import API_VERSION, Obj, State

_REPLY_SECONDS = 86_400
"""How long the answer to an idempotency key is kept."""
_LONGEST_KEY = 255
_LOGGED = 10_000


@dataclass(frozen=True)
class Call:
    """`key` is the idempotency key, empty without one."""

    method: str
    path: str
    params: str
    authorization: str
    version: str
    key: str


@dataclass
class Answer:
    """`fate` says whether the client gets to see it."""

    status: int
    body: Obj
    headers: dict[str, str] = field(default_factory=dict)
    fate: Fate = "answer"


class Api:
    def __init__(self, state: State, faults: Faults, *, secret_key: str) -> None:
        self.state, self.faults, self.secret_key = state, faults, secret_key
        self.requests: list[Obj] = []

    def answer(self, call: Call) -> Answer:
        """Never raises: an error is an answer too."""
        fault = self.faults.next(call.method, call.path)
        request_id = self.state.new_id("req", 14)
        if fault == "hang":
            self._log(call, request_id, None)
            return Answer(0, {}, fate="hang")
        try:
            answer = self._refused(fault) or self._answer(call, request_id)
        except ApiError as error:
            answer = Answer(error.status, error.body())
        answer.headers |= {"Request-Id": request_id, "Stripe-Version": API_VERSION}
        if call.key:
            answer.headers["Idempotency-Key"] = call.key
        if fault == "timeout":
            answer.fate = "hang"
        elif fault == "drop_after_commit":
            answer.fate = "drop"
        self._log(call, request_id, answer)
        return answer

    def _refused(self, fault: int | Fate | str | None) -> Answer | None:
        if not isinstance(fault, int):
            return None
        kind = "invalid_request_error" if fault < 500 else "api_error"
        said: Obj = {"type": kind, "message": f"The fake Stripe was told to answer {fault}."}
        if fault == 429:
            said["code"] = "rate_limit"
        return Answer(fault, {"error": said})

    def _answer(self, call: Call, request_id: str) -> Answer:
        self._authenticate(call.authorization)
        if call.version and call.version != API_VERSION:
            raise ApiError(400, f"Invalid Stripe API version: {call.version}; use {API_VERSION}.")
        found = routes.find(call.method, call.path)
        if found is None:
            message = f"Unrecognized request URL ({call.method}: {call.path})."
            raise ApiError(404, f"{message} The fake Stripe does not know this call.")
        route, ids = found
        given = decode(call.params)
        if call.method != "POST" or not call.key:
            self.faults.delay()
            return self._execute(route, ids, check(given, route.shape), call, request_id)
        return self._once(route, ids, given, call, request_id)

    def _authenticate(self, authorization: str) -> None:
        scheme, _, key = authorization.partition(" ")
        if scheme != "Bearer" or not key:
            raise unauthorized(
                "You did not provide an API key. You need to provide your API key in the"
                " Authorization header, using Bearer auth (e.g. 'Authorization: Bearer"
                " YOUR_SECRET_KEY')."
            )
        if not hmac.compare_digest(key.encode(), self.secret_key.encode()):
            raise unauthorized(f"Invalid API Key provided: {key[:8]}****{key[-4:]}")

    def _once(
        self, route: routes.Route, ids: list[str], given: Obj, call: Call, request_id: str
    ) -> Answer:
        """Carry out a request with an idempotency key, or answer as the first time."""
        print_ = _fingerprint(call)
        with self.state.lock:
            stored = self._stored(call.key)
            if stored:
                return self._replay(stored, print_)
            checked = check(given, route.shape)
            reply = self.state.replies[call.key] = {"print": print_, "at": time.time()}
        try:
            self.faults.delay()
            answer = self._execute(route, ids, checked, call, request_id)
            reply |= {"status": answer.status, "body": answer.body, "request": request_id}
            return answer
        finally:
            if "status" not in reply:  # a mistake of ours: the key is free again
                self.state.replies.pop(call.key, None)

    def _stored(self, key: str) -> Obj | None:
        if len(key) > _LONGEST_KEY:
            raise ApiError(400, f"Idempotency keys have up to {_LONGEST_KEY} characters.")
        stored = self.state.replies.get(key)
        if stored and stored["at"] < time.time() - _REPLY_SECONDS:
            return None
        return stored

    def _replay(self, stored: Obj, print_: str) -> Answer:
        if stored["print"] != print_:
            raise ApiError(
                400,
                "Keys for idempotent requests can only be used with the same parameters they were"
                " first used with. Try using a different key if you meant to execute a different"
                " request.",
                type="idempotency_error",
            )
        if "status" not in stored:
            message = "There is currently another in-progress request using this Idempotent Key."
            code = "idempotency_key_in_use"
            raise ApiError(409, message, type="idempotency_error", code=code)
        headers = {"Idempotent-Replayed": "true", "Original-Request": stored["request"]}
        return Answer(stored["status"], stored["body"], headers)

    def _execute(
        self, route: routes.Route, ids: list[str], params: Obj, call: Call, request_id: str
    ) -> Answer:
        paths = params.pop("expand", [])
        with self.state.lock:
            self.state.call = {"id": request_id, "idempotency_key": call.key or None}
            try:
                made = route.answer(self.state, params, *ids)
                # as it is now: what is told to the client must not change with the object
                return Answer(200, expanded(self.state, made, paths))
            except ApiError as error:
                return Answer(error.status, json.loads(json.dumps(error.body())))
            finally:
                self.state.call = {"id": None, "idempotency_key": None}
                self.state.touched = call.method != "GET" or self.state.touched

    def _log(self, call: Call, request_id: str, answer: Answer | None) -> None:
        with self.state.lock:
            entry: dict[str, Any] = {"id": request_id, "method": call.method, "path": call.path}
            entry |= {"params": _readable(call.params), "idempotency_key": call.key or None}
            entry["status"] = answer.status if answer else None
            entry["replayed"] = bool(answer and "Idempotent-Replayed" in answer.headers)
            entry["fate"] = answer.fate if answer else "hang"
            self.requests.append(entry)
            del self.requests[:-_LOGGED]


def _fingerprint(call: Call) -> str:
    said = f"{call.method} {call.path} {call.params}"
    return hashlib.sha256(said.encode()).hexdigest()


def _readable(params: str) -> Obj:
    try:
        return decode(params)
    except ApiError:
        return {"undecoded": params}
