"""Folders of services of which the product knows nothing: see test_toy_service.py."""
