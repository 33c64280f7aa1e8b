"""The benchmarks ask what each program has used: they have to know them by their command lines."""

import json
from pathlib import Path

import pytest
from benchmarks.house import name_of

from hhu_base.cli.serve.programs import our_programs
from hhu_base.settings.services import Locations


@pytest.mark.parametrize("name", ["web", "reservations", "worker"])
def test_a_program_of_serve_is_known_by_its_command_line(name):
    queues = "\n".join(
        json.dumps({"queue": queue, "options": []}) for queue in ("reservations", "default")
    )
    web, workers = our_programs(
        Path("development.ini"), Locations.of(Path("var")), "127.0.0.1", 8080, {}, queues
    )
    commands = {program.name: list(map(str, program.command)) for program in (web, *workers)}
    assert name_of(commands[name]) == name


def test_so_is_serve_itself():
    assert name_of(["python", "-m", "hhu_base", "serve", "development.ini"]) == "serve"
