"""Sign-up, log-in and the second factor, on top of django-allauth."""
