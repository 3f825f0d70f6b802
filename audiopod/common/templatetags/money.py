"""Template filters for money: `{{ micros|usd }}`, `{{ micros|usd_exact }}`."""

from django import template

from audiopod.common import money

register = template.Library()
register.filter("usd", money.usd)
register.filter("usd_exact", money.usd_exact)
