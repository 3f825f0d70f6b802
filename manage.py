#!/usr/bin/env python
"""Django's command line, with AudioPod's settings."""

import argparse
import os
import sys

from django.core.management import execute_from_command_line


def take_address(arguments: list[str]) -> None:
    """Make settings of `run --host … --port …`, for PUBLIC_URL is made of them at once.

    Says nothing about what is wrong with them: the command does.
    """
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--host", nargs="?")
    parser.add_argument("--port", nargs="?")
    given, _others = parser.parse_known_args(arguments)
    os.environ.update({name.upper(): value for name, value in vars(given).items() if value})


def main() -> None:
    if sys.argv[1:2] == ["run"]:
        take_address(sys.argv[2:])
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "audiopod.settings")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
