"""The handler that writes lines in the background: none is lost, none waits."""

import io
import logging
import os
import threading

import pytest

from hhu_base.telemetry import request_ids
from hhu_base.telemetry.log_format import LogFormatter
from hhu_base.telemetry.log_handler import BackgroundHandler


class Stream(io.StringIO):
    """Takes nothing while it is blocked."""

    def __init__(self):
        super().__init__()
        self.is_open = threading.Event()
        self.is_open.set()

    def write(self, text: str) -> int:
        self.is_open.wait(30)
        return super().write(text)


@pytest.fixture
def stream():
    return Stream()


@pytest.fixture
def handler(stream):
    handler = BackgroundHandler(stream)
    handler.setFormatter(LogFormatter("%(request_id)s %(message)s"))
    yield handler
    stream.is_open.set()
    handler.close()


def record(message: str, *arguments) -> logging.LogRecord:
    return logging.LogRecord("test", logging.INFO, __file__, 1, message, arguments, None)


def test_the_lines_of_a_thread_are_written_in_order_and_all_before_the_end(handler, stream):
    def log(name: str) -> None:
        for number in range(200):
            handler.handle(record("%s %d", name, number))

    threads = [threading.Thread(target=log, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    handler.close()
    lines = stream.getvalue().splitlines()
    for name in "abc":
        mine = [line for line in lines if line.startswith(f"- {name} ")]
        assert mine == [f"- {name} {number}" for number in range(200)]


def test_who_logs_does_not_wait_for_a_stream_that_takes_nothing(handler, stream):
    stream.is_open.clear()
    for number in range(100):
        handler.handle(record("%d", number))
    assert stream.getvalue() == ""
    stream.is_open.set()
    handler.flush()
    assert len(stream.getvalue().splitlines()) == 100


def test_a_line_has_the_request_of_the_thread_that_logged_it(handler, stream):
    with request_ids.following("abc"):
        handler.handle(record("hello"))
    handler.flush()
    assert stream.getvalue() == "abc hello\n"


def test_a_line_that_cannot_be_made_does_no_harm_to_the_next(handler, stream, monkeypatch):
    monkeypatch.setattr(logging, "raiseExceptions", False)
    handler.handle(record("%d", "no number"))
    handler.handle(record("fine"))
    handler.flush()
    assert stream.getvalue() == "- fine\n"


def test_a_stream_that_fails_does_no_harm_to_the_next_line(handler, stream, monkeypatch):
    def fail(text: str) -> int:
        raise OSError("No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(stream, "write", fail)
        handler.handle(record("lost"))
        handler.flush()
    handler.handle(record("fine"))
    handler.flush()
    assert stream.getvalue() == "- fine\n"


# From Python 3.12 on a fork beside other threads is warned of: that is what this is about.
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_process_writes_its_lines(tmp_path):
    path = tmp_path / "log"
    with path.open("w") as file:
        handler = BackgroundHandler(file)
        child = os.fork()
        if child == 0:
            handler.handle(record("from the child"))
            handler.flush()
            os._exit(0)
        os.waitpid(child, 0)
        handler.close()
    assert path.read_text() == "from the child\n"


def test_a_filter_of_the_handler_decides_what_is_written(handler, stream):
    handler.addFilter(lambda record: record.msg != "secret")
    handler.handle(record("secret"))
    handler.handle(record("fine"))
    handler.flush()
    assert stream.getvalue() == "- fine\n"


def test_a_handler_that_waits_for_its_stream_does_not_hold_its_lock(handler, stream):
    """``logging.shutdown`` and ``setLevel`` take it; from Python 3.13 on it has to be there."""
    stream.is_open.clear()
    handler.handle(record("waits"))
    assert handler.lock.acquire(blocking=False)
    handler.lock.release()
