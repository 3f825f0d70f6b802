"""The pages of an account's dictionary: how its words are to be said."""
