"""What is made ahead on another thread comes in order, and the thread never stays behind."""

import gc
import threading

import pytest

from mixtura.data.ahead import ahead
from support.interrupt import output_when_interrupted


def readers():
    return [thread for thread in threading.enumerate() if thread.name == "mixtura-reader"]


def numbers(n, closed=None):
    try:
        yield from range(n)
    finally:
        if closed is not None:
            closed.append(threading.current_thread().name)


@pytest.mark.parametrize("n", [0, 1, 2, 50])
def test_items_come_in_order_and_the_thread_ends(n):
    assert list(ahead(numbers(n))) == list(range(n))
    assert readers() == []


def test_at_most_two_items_are_made_before_they_are_asked_for():
    made = []

    def noted():
        for i in range(9):
            made.append(i)
            yield i

    items = ahead(noted())
    for i in range(9):
        assert next(items) == i
        assert len(made) <= i + 3
    items.close()


@pytest.mark.parametrize("n_taken", [1, 2, 7])
def test_a_consumer_that_stops_early_ends_the_thread_and_the_source(n_taken):
    closed = []
    items = ahead(numbers(1000, closed))
    for _ in range(n_taken):
        next(items)
    assert len(readers()) == 1
    items.close()
    assert readers() == []
    assert closed == ["mixtura-reader"]


def test_a_consumer_that_fails_or_forgets_ends_the_thread():
    def consume():
        for item in ahead(numbers(1000)):
            if item == 3:
                raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        consume()
    next(ahead(numbers(1000)))
    gc.collect()
    assert readers() == []


@pytest.mark.parametrize("n_before", [0, 1, 5])
def test_errors_are_passed_on_after_the_items_before_them(n_before):
    def failing():
        yield from range(n_before)
        raise OSError("gone")

    items = ahead(failing())
    assert [next(items) for _ in range(n_before)] == list(range(n_before))
    with pytest.raises(OSError, match="gone"):
        next(items)
    assert readers() == []


def test_an_interrupt_while_it_waits_ends_both():
    code = """
import threading, time
from mixtura.data.ahead import ahead

def slow():
    yield 0
    time.sleep(2)
    yield 1

try:
    for item in ahead(slow()):
        print("begun", flush=True)
except KeyboardInterrupt:
    print(threading.active_count())
"""
    assert output_when_interrupted(code, timeout=30) == "1\n"


def test_two_are_read_beside_each_other():
    pairs = zip(ahead(numbers(20)), ahead(numbers(20)), strict=True)
    assert all(first == second for first, second in pairs)
    assert readers() == []
