"""The playground: pages on which the endpoints are tried, through the same services and paid for
in the same way. Its jobs belong to an account and to no key."""
