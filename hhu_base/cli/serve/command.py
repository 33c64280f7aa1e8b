"""``hhu serve`` on the command line."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from hhu_base.cli.ini import INI
from hhu_base.cli.serve.run import serve


@click.command("serve")
@INI
@click.option("--host", envvar="HOST", default="127.0.0.1", show_default=True, help="监听地址。")
@click.option("--port", envvar="PORT", default=6543, show_default=True, help="监听端口。")
@click.option("--data-dir", envvar="DATA_DIR", type=click.Path(path_type=Path), help="数据目录。")
@click.option("--demo/--no-demo", envvar="DEMO", default=True, help="首次启动时载入演示数据。")
def serve_command(ini: Path, host: str, port: int, data_dir: Path | None, demo: bool) -> None:
    """运行整个系统，包括内嵌的 PostgreSQL 和 Valkey。"""
    data_dir = (data_dir or ini.resolve().parent / "var").resolve()
    sys.exit(serve(ini.resolve(), data_dir, host, port, demo, is_copied=True))
