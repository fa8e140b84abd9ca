"""The ring log and the event log."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from azure_simulator.containers import logs
from azure_simulator.containers.events import EventLog
from azure_simulator.containers.logs import RingLog

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture
def log(tmp_path: Path) -> RingLog:
    return RingLog(tmp_path, lambda: START)


def test_text_comes_back_as_it_was_written(log: RingLog) -> None:
    log.write(b"one\ntw")
    log.write(b"o\nthree without end \xff")
    assert log.read() == "one\ntwo\nthree without end �"
    log.write(b", now ended\n")
    assert log.read(tail=1) == "three without end �, now ended\n"
    assert log.read(tail=0) == ""


def test_timestamps_stand_before_each_line(log: RingLog) -> None:
    log.write(b"one\ntwo\n")
    assert log.read(timestamps=True) == "2026-01-02T03:04:05.0000000Z one\n2026-01-02T03:04:05.0000000Z two\n"


def test_it_is_a_ring(log: RingLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "RUNNING_BYTES", 4000)
    for number in range(500):
        log.write(f"line {number}\n".encode())
    text = log.read()
    assert text.endswith("line 499\n")
    assert 1500 < len(log.read(timestamps=True)) <= 4100
    assert "line 0\n" not in text


def test_a_stopped_container_keeps_the_end(log: RingLog) -> None:
    for number in range(1500):
        log.write(f"line {number}\n".encode())
    log.trim()
    text = log.read()
    assert text.endswith("line 1499\n")
    assert len(text.splitlines()) <= logs.STOPPED_LINES
    assert len(text) <= logs.STOPPED_BYTES


def test_it_survives_its_writer(tmp_path: Path) -> None:
    RingLog(tmp_path, lambda: START).write(b"before\n")
    again = RingLog(tmp_path, lambda: START)
    again.write(b"after\n")
    assert again.read() == "before\nafter\n"


def test_repeated_events_are_counted_within_one_deployment() -> None:
    now = START
    events = EventLog(lambda: now)
    events.add("Started", "Started container")
    now += timedelta(seconds=2)
    events.add("Started", "Started container")
    events.new_deployment()
    events.add("Started", "Started container")
    first, second = events.views()
    assert first == {
        "count": 2,
        "firstTimestamp": "2026-01-02T03:04:05Z",
        "lastTimestamp": "2026-01-02T03:04:07Z",
        "name": "Started",
        "message": "Started container",
        "type": "Normal",
    }
    assert second["count"] == 1
    assert EventLog(lambda: now, events.views()).views() == [first, second]


def test_a_carriage_return_ends_no_line(log: RingLog) -> None:
    log.write(b"10%\r20%\r\n\rend\n")
    assert log.read() == "10%\r20%\r\n\rend\n"
    assert log.read(tail=1) == "\rend\n"
    log.trim()
    assert log.read(timestamps=True).count("2026-01-02T03:04:05.0000000Z ") == 2
