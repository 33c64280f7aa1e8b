"""The queues: is the broker there, who works, and does the schedule run?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

import sqlalchemy as sa

from hhu_base.cli.doctor.contract import Deployment, Finding, error, first_line, good, notice
from hhu_base.tasks import DEFAULT_QUEUE, heartbeat, queues

# For the broker's answer.
_PATIENCE = 2.0
# Several periods: a worker may be busy with a round of mails meanwhile.
_LATE = timedelta(seconds=heartbeat.EVERY * 6)
# Until the first sign of a schedule that has just been started.
_FIRST = timedelta(seconds=heartbeat.EVERY * 3)
# A backup every night, and one that failed.
_BACKUP_LATE = timedelta(days=2, hours=2)


def check_broker(deployment: Deployment) -> Iterator[Finding]:
    sender = deployment.registry["sender"]
    if not sender.answers(_PATIENCE):
        yield error(
            f"消息队列连不上：{first_line(sender.problem or TimeoutError('没有回答。'))}",
            "检查 HHU_CELERY_BROKER_URL 和 Redis、Valkey 或 RabbitMQ；没有它也能预约，但邮件和周期任务会停。",
        )
    else:
        yield good("消息队列可以连接。")


def check_workers(deployment: Deployment) -> Iterator[Finding]:
    registry = deployment.registry
    with deployment.session() as session:
        workers = heartbeat.living_workers(session)
    for queue in queues(registry):
        its_workers = [worker for worker in workers if queue in worker.queues]
        if not its_workers:
            yield error(
                f"队列 {queue} 没有 worker。",
                f"启动 {_unit(queue)}；刚刚启动的话，过几秒再检查。",
            )
        elif queue == DEFAULT_QUEUE:
            yield good(f"队列 {queue} 的 worker：{_names(its_workers)}。")
        else:
            yield from _check_order(queue, its_workers)
    for worker in workers:
        needed = {task.name for task in registry["tasks"].values() if task.queue in worker.queues}
        if unknown := sorted(needed - set(worker.tasks)):
            yield error(
                f"{worker.name} 不认识任务 {'、'.join(unknown)}。",
                "它的版本或插件与这里不同：重新启动它。",
            )


def _names(workers: Sequence[sa.Row]) -> str:
    return "、".join(worker.name for worker in workers)


def _check_order(queue: str, workers: Sequence[sa.Row]) -> Iterator[Finding]:
    """A queue of its own is for what has to go in order: one at a time, and nothing else."""
    is_good = True
    for worker in workers:
        if worker.concurrency != 1:
            yield error(
                f"{worker.name} 的并发数是 {worker.concurrency}，应当是 1。",
                f"用 {_unit(queue)} 启动它。",
            )
            is_good = False
        if others := sorted(set(worker.queues) - {queue}):
            yield error(
                f"{worker.name} 还处理队列 {'、'.join(others)}，会耽误 {queue}。",
                f"用 -Q {queue} 单独启动它。",
            )
            is_good = False
    if is_good:
        spare = f"，{len(workers) - 1} 个后备" if len(workers) > 1 else "，没有后备"
        yield good(f"队列 {queue} 的 worker：{_names(workers)}（并发数 1{spare}）。")


def check_periodic(deployment: Deployment) -> Iterator[Finding]:
    with deployment.session() as session:
        age = heartbeat.age(session)
        started = heartbeat.age(session, heartbeat.STARTED)
    advice = "启动 hhu-beat.service（只在一台机器上）和 hhu-worker.service。"
    if age is not None and age <= _LATE:
        yield good(f"周期任务在运行，上一次在 {max(age.total_seconds(), 0):.0f} 秒前。")
    elif started is not None and started < _FIRST:
        yield notice("周期任务刚刚启动，第一次还没有运行。", "等一分钟再检查。")
    elif age is None:
        yield error("周期任务从未运行。", f"{advice}刚启动的话，等一分钟再检查。")
    else:
        yield error(f"周期任务已经 {age.total_seconds() / 60:.0f} 分钟没有运行。", advice)


def check_backup(deployment: Deployment) -> Iterator[Finding]:
    if not deployment.is_production:
        return
    with deployment.session() as session:
        age = heartbeat.age(session, heartbeat.BACKUP)
    advice = "看 hhu-backup.timer 和 journalctl -u hhu-backup。"
    if age is None:
        yield notice("还没有备份过。", advice)
    elif age > _BACKUP_LATE:
        yield notice(f"已经 {age.total_seconds() / 86400:.0f} 天没有备份。", advice)
    else:
        yield good(f"上一次备份在 {age.total_seconds() / 3600:.0f} 小时前。")


def _unit(queue: str) -> str:
    return "hhu-worker.service" if queue == DEFAULT_QUEUE else f"hhu-{queue}@1.service"
