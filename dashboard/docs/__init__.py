"""The documentation: pages for people, whose facts come from the code that they are about."""
