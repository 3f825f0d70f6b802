"""Does a test fail when a rule about money is broken? `python -m tests.mutations [WORD …]`.

Each rule is broken by itself in a copy of the tree, and the tests that are about it
are run. One that nobody notices is a hole in the tests. Not a part of `make test-all`.
"""
