"""``hhu queues``: which workers a deployment needs, for deployers."""

from __future__ import annotations

import json
from pathlib import Path

import click
from pyramid.paster import get_app

from hhu_base.cli.ini import INI
from hhu_base.tasks import queues, worker_options


@click.command("queues")
@INI
def queues_command(ini: Path) -> None:
    """列出任务队列，以及每个队列的 worker 要用的选项，每行一个 JSON 对象。

    例如 {"queue": "default", "options": ["-P", "threads", "-c", "4"]}：
    celery -A hhu_base.worker worker --ini INI -Q default -P threads -c 4。
    周期任务另外由一个进程发出：celery beat，或者某一个 worker 的 --periodic。
    """
    registry = get_app(str(ini)).registry
    for queue in queues(registry):
        options = worker_options(registry, queue)
        click.echo(json.dumps({"queue": queue, "options": options}))
