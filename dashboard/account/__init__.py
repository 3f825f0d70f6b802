"""The pages of an account that know all of it: the overview, what is known of it, its end."""
