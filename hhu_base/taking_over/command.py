"""``hhu import-django``: a takeover on the command line."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click
import sqlalchemy as sa

from hhu_base.taking_over.dump import DumpError, read_dump
from hhu_base.taking_over.running import move_sequences, skipped_models, take_over
from hhu_base.taking_over.takeover import TOTAL, Takeover


def run(
    request, path: Path, is_applied: bool, allowed: Iterable[str], media: Path | None = None
) -> bool:
    """Show what a takeover does, and keep it if asked to; False if there are problems.

    A rehearsal writes as well, and rolls back: so the database itself has agreed. Files are
    written by a takeover that is kept, and by no other.
    """
    try:
        dump = read_dump(path.read_bytes())
    except DumpError as error:
        raise click.ClickException(f"{path.name}：{error}") from None
    parts = request.registry["takeover_parts"]
    end = request.tm.abort
    request.tm.begin()
    try:
        # Checking a hundred thousand records takes a while, in which the connection is idle.
        request.db.execute(sa.text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        takeover = Takeover(request.db, dump, request.registry.site_zone, allowed, media)
        take_over(takeover, parts)
        if is_applied and not takeover.problems:
            for do in takeover.at_the_end:
                do()
        if is_applied and not takeover.problems:
            move_sequences(request.db, takeover.tables)
            end = request.tm.commit
    except sa.exc.DBAPIError as error:
        # The rest of the message quotes the row.
        diagnosis = getattr(error.orig, "diag", None)
        raise click.ClickException(
            f"数据库拒绝写入：{getattr(diagnosis, 'message_primary', None)}"
        ) from None
    finally:
        end()
    _show(takeover, skipped_models(dump, parts))
    if takeover.problems:
        click.echo("以上问题解决以前，什么都不会导入。")
    elif is_applied:
        click.echo("已导入。")
    else:
        click.echo("这是预演，已全部撤销；加上 --apply 才会导入。")
    return not takeover.problems


def _show(takeover: Takeover, skipped: dict[str, int]) -> None:
    for model, counts in takeover.counts.items():
        if not counts[TOTAL]:
            continue
        rest = "，".join(
            f"{what} {number}" for what, number in counts.items() if what != TOTAL and number
        )
        click.echo(f"{model}：{TOTAL} {counts[TOTAL]}" + (f"（{rest}）" if rest else ""))
    for model, number in skipped.items():
        click.echo(f"{model}：{TOTAL} {number}，跳过，没有启用的插件接收")
    for title, sentences in (("说明", takeover.notes), ("问题", takeover.problems)):
        if sentences:
            click.echo(f"{title}：{len(sentences)} 条")
            for sentence in sentences:
                click.echo(f"  {sentence}")
