"""`manage.py add_piper_voice`: offer a Piper voice that lies in a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from audio.engines.base import EngineError
from voices.adding import NewVoice, NotAVoice, add
from voices.models import VoiceProfile


class Command(BaseCommand):
    help = "Try a Piper voice, keep its files for every worker, and offer it under a name."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="what requests will call it, such as thorsten")
        parser.add_argument("model", type=Path, help="the .onnx")
        parser.add_argument(
            "config", type=Path, nargs="?", help="the .onnx.json; without it, the one beside"
        )
        parser.add_argument("--display-name", default="", help="default: the name")
        parser.add_argument("--language", default="", help="default: the configuration's")
        parser.add_argument("--gender", default="", choices=["", *VoiceProfile.Gender.values])
        parser.add_argument("--accent", default="")
        parser.add_argument("--description", default="")
        parser.add_argument("--tag", action="append", default=[], dest="tags")

    def handle(self, *_args: Any, **options: Any) -> None:
        model: Path = options["model"]
        config: Path = options["config"] or model.with_name(f"{model.name}.json")
        new = NewVoice(
            name=options["name"],
            display_name=options["display_name"] or options["name"].replace("_", " ").title(),
            language=options["language"],
            gender=options["gender"],
            accent=options["accent"],
            description=options["description"],
            tags=options["tags"],
        )
        try:
            voice = add(new, model=model, config=config.read_bytes())
        except (NotAVoice, EngineError, OSError) as error:
            raise CommandError(str(error)) from error
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        self.stdout.write(
            f"{voice.name} ({voice.language}) is offered: send voice={voice.name} with a request."
        )
