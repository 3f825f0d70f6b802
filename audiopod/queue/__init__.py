"""The queue: Dramatiq on Redis or inside the process. It knows no app."""
