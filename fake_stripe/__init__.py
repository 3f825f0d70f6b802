"""A fake Stripe: a server of its own, with state, that speaks Stripe's HTTP interface.

The tests drive it with the real SDK, and it is the demo in which a newcomer tops up with a
pretend card. No money moves, and nothing here is part of the served application: the package
imports no Django and no app. `python -m fake_stripe --help` tells how to start it.

One request goes: `server` (HTTP) -> `api` (key, faults, idempotency) -> `routes` (the table of
calls) -> one module for each resource -> `state`. `delivery` sends the events, `control` lets a
test play the customer and the bank, `pages` are what a person sees.
"""
