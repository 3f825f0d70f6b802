"""Template filters for money: `{{ micros|usd }}`, `micros|usd_exact`, `cents|usd_cents`."""

from django import template

from audiopod.common import money

register = template.Library()
register.filter("usd", money.usd)
register.filter("usd_exact", money.usd_exact)
register.filter("usd_cents", money.usd_cents)
