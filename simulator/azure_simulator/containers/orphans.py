"""Processes a killed simulator left behind."""

from __future__ import annotations

import json
import logging
from pathlib import Path

from azure_simulator.core.processes import end_session, start_time

_log = logging.getLogger(__name__)


def end_orphans(folder: Path) -> int:
    """End what the records (`process.json`) under `folder` name and remove the records; how many processes ended.

    While the recorded process is there, its session is ours. When it is gone, its number may have been given to
    somebody else's session, and only processes count whose environment names `folder` (a container's PATH does).
    """
    ended = 0
    for record in folder.glob("*/*/process*.json"):
        try:
            noted = json.loads(record.read_text())
            pid, started = int(noted["pid"]), noted["started"]
        except (ValueError, KeyError):
            # Killed while it wrote the record: the process had been told to die with the simulator.
            record.unlink()
            continue
        now = start_time(pid)
        if now in (None, started):
            count = end_session(pid, None if now is not None else str(folder).encode())
            if count:
                _log.info("ended %d orphaned processes of %s", count, record.parent)
            ended += count
        record.unlink()
    return ended
