"""Registries as recorded, and their tasks and runs."""

from __future__ import annotations

import dataclasses
import io
import json
import re
import tarfile
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.recordings.replay import Exchange, Replay, load, recordings
from tests.simulator_fixture import Simulator
from tests.support.waiting import until

_ZERO = "00000000-0000-0000-0000-000000000000"

_NO_GITHUB = "the recorded task fetches its source from GitHub, which the simulator does not; it says so and fails"
_STARTED = "how far a run is when it is asked for is a matter of time"
JUSTIFIED: dict[str, str] = {
    "PUT */tasks-source/*: header x-ms-content-crc64 is missing": "a checksum that no client of ours asks for",
    "GET registries/runs: missing body.properties.outputImages": _NO_GITHUB,
    "GET registries/runs: extra body.properties.runErrorMessage": _NO_GITHUB,
    "GET registries/runs: extra body.*": _STARTED,
    "GET registries/runs: missing body.properties.startTime": _STARTED,
    "GET registries/runs: missing body.value?].properties.outputImages": _NO_GITHUB,
    "GET registries/runs: extra body.value?].properties.runErrorMessage": _NO_GITHUB,
    "PATCH registries/runs: missing body.properties.outputImages": _NO_GITHUB,
    "PATCH registries/runs: extra body.properties.runErrorMessage": _NO_GITHUB,
    "*registries/tasks: missing body.properties.step.baseImageDependencies": _NO_GITHUB,
}


_TASKS = re.compile(r"/registries/([^/\s]+)/(?:tasks|runs|scheduleRun|listBuildSourceUploadUrl)\b", re.IGNORECASE)


class WithStorage(Replay):
    """Also sends what goes to the storage of a registry's tasks, to the addresses that the answers named."""

    def __init__(self, simulator: Simulator, recording: Path) -> None:
        super().__init__(simulator, load(recording))
        self._found = _TASKS.search(recording.read_text(encoding="utf-8"))

    def prepare(self, *namespaces: str) -> None:
        super().prepare(*namespaces)
        # The set-up of a recording about tasks had made the registry before it began.
        paths = (urlsplit(one.url).path for one in self._exchanges if _TASKS.search(one.url))
        # Each once: a second write would come while the first is still at work.
        registries = [re.sub(r"(/registries/[^/]+)/.*", r"\1", path) for path in paths]
        for registry in {one.lower(): one.replace(_ZERO, self._subscription) for one in registries}.values():
            body = {"location": "westus", "sku": {"name": "Standard"}}
            self._simulator.call("PUT", registry, "2025-11-01", body).raise_for_status()
        if self._found and any(".blob." in one.url for one in self._exchanges):
            self._simulator.pass_time(60)
            self._simulator.hook("POST", "registry/builder", {"use": "small"})
            self._simulator.fault("slow_operation", method="POST", path="scheduleRun$", seconds=600)

    def _send(self, exchange: Exchange) -> requests.Response:
        # Runs are counted by the two letters that a registry happens to have.
        sent = dataclasses.replace(exchange, url=exchange.url.replace("/runs/cf", "/runs/ch"))
        if exchange.url.partition("?")[0].endswith("/scheduleRun") and "sourceLocation" in exchange.body:
            source = self.answers[0][1].json()["relativePath"]
            sent = dataclasses.replace(sent, body={**exchange.body, "sourceLocation": source})
        answer = super()._send(sent)
        if exchange.method == "GET" and "/runs" in exchange.url and '"finishTime"' in exchange.content:

            def is_over() -> bool:
                nonlocal answer
                answer = super(WithStorage, self)._send(sent)
                return '"finishTime"' in answer.text

            until(is_over, "the end of the run")
        return answer

    def _answer_elsewhere(self, exchange: Exchange) -> requests.Response | None:
        if ".blob.core.windows.net/" not in exchange.url:
            return None
        answers = [answer.json() for _, answer in self.answers if answer.text.startswith("{")]
        if exchange.method == "PUT":
            url = next(answer["uploadUrl"] for answer in answers if "uploadUrl" in answer)
            return self._session.put(url, data=_source(), headers={"x-ms-blob-type": "BlockBlob", "Authorization": ""})
        url = next(answer["logLink"] for answer in answers if "logLink" in answer)
        headers = {"x-ms-range": "bytes=0-"} if exchange.status == 206 else {}
        answer = self._session.request(exchange.method, url, headers=headers)
        if exchange.status == 404:
            self._simulator.pass_time(700)  # what was to be slow has ended: the next look finds the log
            return answer
        complete = exchange.headers.get("x-ms-meta-complete")

        def as_recorded() -> bool:
            nonlocal answer
            answer = self._session.request(exchange.method, url, headers=headers)
            return answer.status_code == exchange.status and (not complete or "x-ms-meta-complete" in answer.headers)

        until(as_recorded, "the log of the run")
        return answer


def _source() -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        content = b'FROM scratch\nENV A=1\nCMD ["/none"]\n'
        entry = tarfile.TarInfo("Dockerfile")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return file.getvalue()


@pytest.mark.parametrize("recording", recordings("containerregistry"))
def test_answers_as_recorded(recording: Path, simulator: Simulator) -> None:
    replay = WithStorage(simulator, recording)
    replay.prepare("Microsoft.ContainerRegistry")
    outcome = replay.run()
    assert outcome.unexplained(JUSTIFIED) == []
    assert outcome.exchanges > 0
    if "RemoteBuild" in recording.stem:
        _compare_values(replay)


def _compare_values(replay: WithStorage) -> None:
    """What a client of a quick build works with, beside the shape of it."""
    pairs = [(one.content, answer.text) for one, answer in replay.answers if answer.text.startswith("{")]
    for ours, recorded in ((json.loads(mine), json.loads(theirs)) for theirs, mine in pairs):
        for name in ("uploadUrl", "logLink"):
            if name in ours:
                mine, theirs = urlsplit(ours[name]), urlsplit(recorded[name])
                assert re.sub(r"[0-9a-f]{32}|\d{12}", "", mine.path) == re.sub(r"[0-9a-f]{32}|\d{12}", "", theirs.path)
                assert [parse_qs(mine.query)[key] for key in ("sp", "sr")] == [
                    parse_qs(theirs.query)[key] for key in ("sp", "sr")
                ]
        if "properties" in ours:
            for name in ("runId", "status", "provisioningState", "isArchiveEnabled"):
                assert ours["properties"][name] == recorded["properties"][name]
    last, ends = replay.answers[-1]
    assert ends.headers["x-ms-meta-complete"] == last.headers["x-ms-meta-complete"] == "successful"
    logs = [answer.text for one, answer in replay.answers if one.status == 206]
    assert re.search(r"Run ID: ch1 was successful after \d+s\s*$", logs[-1])
