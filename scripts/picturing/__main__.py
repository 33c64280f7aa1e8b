"""``python -m picturing``: start the demo college, let something happen in it, take the pictures."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from benchmarks.house import PROJECT, BenchmarkFailed, running_house
from browser.chromium import find_chromium
from playwright.sync_api import sync_playwright
from soaking.mailbox import open_mailbox

from hhu_base.cli.serve.run import say
from picturing import camera, stage
from picturing.scenes import SCENES

PICTURES = PROJECT / "docs" / "pictures"


@click.command()
@click.argument("names", nargs=-1, type=click.Choice([scene.name for scene in SCENES]))
@click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=PICTURES,
    help="图片写到这个文件夹，默认 docs/pictures。",
)
def main(names: tuple[str, ...], folder: Path) -> None:
    """重新拍摄文档里的图片：默认全部，或只拍给出的几张。"""
    program = find_chromium()
    if program is None:
        sys.exit(
            "错误：没有 chromium。在 Debian、Ubuntu 上：sudo apt-get install chromium fonts-noto-cjk"
        )
    folder.mkdir(parents=True, exist_ok=True)
    say("启动一个临时的演示系统……")
    try:
        with (
            open_mailbox() as mailbox,
            running_house(stage.settings(mailbox.port)) as house,
            sync_playwright() as playwright,
        ):
            stage.set_up(house)
            with camera.set_up(playwright, program, house) as shots:
                with shots.desk() as page:
                    stage.administer(page, house)
                for scene in SCENES:
                    if not names or scene.name in names:
                        path = folder / f"{scene.name}.png"
                        shots.take(scene, path)
                        say(f"  {path.name}  {path.stat().st_size // 1024} KB")
    except BenchmarkFailed as failure:
        sys.exit(f"错误：{failure}")


if __name__ == "__main__":
    main()
