"""PostgreSQL flexible servers as recorded."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
import requests

from tests.recordings.replay import Exchange, Replay, load, recordings
from tests.simulator_fixture import Simulator
from tests.support.waiting import until

# Difference → why it is right.
JUSTIFIED = {
    "GET resourcegroups: missing body.tags": "the recorder's own set-up had put tags on the group",
}
_BACKUP = re.compile(r"/backups/backup_\d+")


class BackupReplay(Replay):
    """Names of automatic backups are times: ours stands for the recorded one, once it is there."""

    def _send(self, exchange: Exchange) -> requests.Response:
        if '"backupType"' in exchange.content:
            collection = exchange.url.partition("/backups")[0] + "/backups" + exchange.url[exchange.url.index("?") :]
            listing = replace(exchange, url=collection)
            until(lambda: super(BackupReplay, self)._send(listing).json()["value"], "an automatic backup")
            name = super()._send(listing).json()["value"][0]["name"]
            exchange = replace(exchange, url=_BACKUP.sub(f"/backups/{name}", exchange.url))
        return super()._send(exchange)


@pytest.mark.parametrize("recording", recordings("postgresql"))
def test_answers_as_recorded(recording: Path, simulator: Simulator) -> None:
    replay = BackupReplay(simulator, load(recording))
    replay.prepare("Microsoft.DBforPostgreSQL")
    outcome = replay.run()
    assert outcome.unexplained(JUSTIFIED) == []
    assert outcome.exchanges > 0
