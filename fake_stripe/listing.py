"""Lists, newest first and in pages, as every `list` call answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fake_stripe.errors import invalid
from fake_stripe.shapes import page
from fake_stripe.state import Obj, State

_PAGE, _LONGEST_PAGE = 10, 100
_COMPARE: dict[str, Callable[[int, int], bool]] = {
    "gt": lambda created, bound: created > bound,
    "gte": lambda created, bound: created >= bound,
    "lt": lambda created, bound: created < bound,
    "lte": lambda created, bound: created <= bound,
}


def listed(
    state: State,
    kind: str,
    params: Obj,
    *,
    match: Sequence[str] = (),
    keep: Callable[[Obj], bool] = lambda one: True,
) -> Obj:
    """A page of the objects of a kind whose fields `match` equal the parameters given."""
    wanted = {name: params[name] for name in match if name in params}
    found = [one for one in state.of_kind(kind, **wanted) if keep(one)]
    if "created" in params:
        found = [one for one in found if _in_time(one["created"], params["created"])]
    limit = params.get("limit", _PAGE)
    if not 1 <= limit <= _LONGEST_PAGE:
        raise invalid(f"limit must be between 1 and {_LONGEST_PAGE}", param="limit")
    url = f"/v1/{_PATHS.get(kind, kind + 's')}"
    if "ending_before" in params:
        newer = found[: _place(found, params["ending_before"], "ending_before")]
        return page(url, newer[-limit:], more=len(newer) > limit)
    start = _place(found, params["starting_after"], "starting_after") + 1 if _starts(params) else 0
    return page(url, found[start : start + limit], more=len(found) > start + limit)


_PATHS = {"checkout.session": "checkout/sessions"}


def _starts(params: Obj) -> bool:
    return "starting_after" in params


def _place(found: list[Obj], id_: str, param: str) -> int:
    for place, one in enumerate(found):
        if one["id"] == id_:
            return place
    raise invalid(f"No such object: '{id_}'", param=param, code="resource_missing")


def _in_time(created: int, asked: int | dict[str, int]) -> bool:
    if isinstance(asked, int):
        return created == asked
    return all(_COMPARE[name](created, bound) for name, bound in asked.items())
