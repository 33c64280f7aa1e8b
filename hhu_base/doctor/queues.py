"""The queues: is the broker there, who works, and does the schedule run?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from hhu_base import heartbeat
from hhu_base.doctor.deployment import Deployment
from hhu_base.doctor.findings import Finding, error, first_line, good, notice
from hhu_base.tasks import DEFAULT_QUEUE, queues

# A worker that is in the middle of something answers after it.
_PATIENCE = 2.0
# Several periods: a worker may be busy with a round of mails meanwhile.
_LATE = timedelta(seconds=heartbeat.EVERY * 6)


def check_workers(deployment: Deployment) -> Iterator[Finding]:
    registry = deployment.registry
    celery = registry["celery"]
    try:
        inspect = celery.control.inspect(timeout=_PATIENCE)
        consumed = inspect.active_queues() or {}
        # Where nobody has answered there is nobody to wait for again.
        stats = (inspect.stats() or {}) if consumed else {}
        known = (inspect.registered() or {}) if consumed else {}
    # Each broker's library has errors of its own.
    except Exception as problem:
        yield error(
            f"消息队列连不上：{first_line(problem)}",
            "检查 HHU_CELERY_BROKER_URL 和 Redis、Valkey 或 RabbitMQ；没有它也能预约，但邮件和周期任务会停。",
        )
        return
    yield good("消息队列可以连接。")
    by_queue: dict[str, list[str]] = {}
    for worker, its_queues in sorted(consumed.items()):
        for queue in its_queues:
            by_queue.setdefault(queue["name"], []).append(worker)
    for queue in queues(registry):
        workers = by_queue.get(queue, [])
        if not workers:
            yield error(f"队列 {queue} 没有 worker。", f"启动 {_unit(queue)}。")
        elif queue == DEFAULT_QUEUE:
            yield good(f"队列 {queue} 的 worker：{'、'.join(workers)}。")
        else:
            yield from _check_order(queue, workers, consumed, stats)
    for worker in sorted(known):
        own = {queue["name"] for queue in consumed.get(worker, ())}
        needed = {task.name for task in registry["tasks"].values() if task.queue in own}
        if unknown := sorted(needed - {name.split(" ")[0] for name in known[worker]}):
            yield error(
                f"{worker} 不认识任务 {'、'.join(unknown)}。",
                "它的版本或插件与这里不同：重新启动它。",
            )


def _check_order(queue: str, workers: list[str], consumed: dict, stats: dict) -> Iterator[Finding]:
    """A queue of its own is for what has to go in order: one at a time, and nothing else."""
    is_good = True
    for worker in workers:
        concurrency = stats.get(worker, {}).get("pool", {}).get("max-concurrency")
        if concurrency is None:
            yield notice(f"{worker} 没有说出它的并发数。", "它可能正忙，稍后再检查一次。")
            is_good = False
        elif concurrency != 1:
            yield error(
                f"{worker} 的并发数是 {concurrency}，应当是 1。", f"用 {_unit(queue)} 启动它。"
            )
            is_good = False
        if others := sorted({one["name"] for one in consumed[worker]} - {queue}):
            yield error(
                f"{worker} 还处理队列 {'、'.join(others)}，会耽误 {queue}。",
                f"用 -Q {queue} 单独启动它。",
            )
            is_good = False
    if is_good:
        spare = f"，{len(workers) - 1} 个后备" if len(workers) > 1 else "，没有后备"
        yield good(f"队列 {queue} 的 worker：{'、'.join(workers)}（并发数 1{spare}）。")


def check_periodic(deployment: Deployment) -> Iterator[Finding]:
    with deployment.session() as session:
        age = heartbeat.age(session)
    advice = "启动 hhu-beat.service（只在一台机器上）和 hhu-worker.service。"
    if age is None:
        yield error("周期任务从未运行。", f"{advice}刚启动的话，等一分钟再检查。")
    elif age > _LATE:
        yield error(f"周期任务已经 {age.total_seconds() / 60:.0f} 分钟没有运行。", advice)
    else:
        yield good(f"周期任务在运行，上一次在 {max(age.total_seconds(), 0):.0f} 秒前。")


def _unit(queue: str) -> str:
    return "hhu-worker.service" if queue == DEFAULT_QUEUE else f"hhu-{queue}@1.service"
