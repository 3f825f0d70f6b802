"""The calls about the account itself: its events, its webhook endpoints, its portal."""

from __future__ import annotations

from fake_stripe.customers import living
from fake_stripe.errors import invalid, missing
from fake_stripe.listing import listed
from fake_stripe.state import API_VERSION, Obj, State


def events(state: State, params: Obj) -> Obj:
    """Filtered by `type` (which may end in a star) or `types`."""
    if "type" in params and "types" in params:
        raise invalid("You may only specify one of these parameters: type, types.", param="type")
    types = params.get("types") or ([params["type"]] if "type" in params else ["*"])

    def keeps(event: Obj) -> bool:
        return any(fits(event["type"], pattern) for pattern in types)

    return listed(state, "event", params, keep=keeps)


def fits(type_: str, pattern: str) -> bool:
    return type_ == pattern or (pattern.endswith("*") and type_.startswith(pattern[:-1]))


def event(state: State, params: Obj, id_: str) -> Obj:
    return state.get("event", id_)


def create_endpoint(state: State, params: Obj) -> Obj:
    """The answer to this one call shows the signing secret."""
    endpoint = state.create(
        "webhook_endpoint",
        "we",
        api_version=params.get("api_version", API_VERSION),
        description=params.get("description"),
        enabled_events=params["enabled_events"],
        metadata=params.get("metadata", {}),
        url=params["url"],
    )
    secret = state.note(endpoint)["secret"] = state.new_id("whsec", 32)
    return endpoint | {"secret": secret}


def endpoint(state: State, params: Obj, id_: str) -> Obj:
    return state.get("webhook_endpoint", id_)


def delete_endpoint(state: State, params: Obj, id_: str) -> Obj:
    state.remove(state.get("webhook_endpoint", id_))
    return {"id": id_, "object": "webhook_endpoint", "deleted": True}


def endpoints(state: State, params: Obj) -> Obj:
    return listed(state, "webhook_endpoint", params)


def open_portal(state: State, params: Obj) -> Obj:
    if not params.get("customer"):
        raise missing("customer")
    living(state, params["customer"])
    back = params.get("return_url")
    if back and not back.startswith(("http://", "https://")):
        raise invalid("Not a valid URL", param="return_url", code="url_invalid")
    session = state.create(
        "billing_portal.session", "bps", customer=params["customer"], return_url=back
    )
    session["url"] = f"{state.public_url}/portal/{session['id']}"
    return session
