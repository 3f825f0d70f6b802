"""How days and moments are written, by language. Times are UTC, on a clock of 24 hours."""
