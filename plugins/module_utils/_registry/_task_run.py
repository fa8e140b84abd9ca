# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An image built by Azure: a quick run of a registry's task. API version 2019-06-01-preview. Private.

By the session's own requests: the one SDK package that has these calls, azure-mgmt-containerregistrytasks, is a beta,
and four calls are not worth a beta in what operators install. Its clients send this version of the interface too:
U(https://github.com/Azure/azure-rest-api-specs/tree/main/specification/containerregistry).
"""

from __future__ import annotations

import codecs
import contextlib
import time
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._azure._session import Body, Session, load
from ansible_collections.codexdominion.azure.plugins.module_utils._controller import _run_guard
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError, from_azure
from ansible_collections.codexdominion.azure.plugins.module_utils._registry import _build_failure
from ansible_collections.codexdominion.azure.plugins.module_utils._registry._engine import Build

_VERSION = "2019-06-01-preview"
_LEAST_SECONDS, _MOST_SECONDS = 300, 28800
"""What Azure takes as the time a run may have."""
_OVER = frozenset({"Succeeded", "Failed", "Canceled", "Error", "Timeout"})
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 4.0
_PAUSES_BEFORE_ASKING = 5
"""After how many looks at a log that does not grow the run itself is asked."""


def build(ctx: Context, archive: t.IO[bytes], wanted: Build, image: str) -> str:
    """Have Azure build an image and push it; return the id of the run.

    :param archive: the source, as a tar file in gzip.
    :param image: repository and tag.
    :raises OperationsError: with the last lines of the log, and what to do.
    """
    registry = ctx.session.resource_id(
        ctx.params["resource_group"], "Microsoft.ContainerRegistry", "registries", ctx.params["registry_name"]
    )
    tasks = _Tasks(ctx.session, registry)
    run_id = tasks.schedule(_request(wanted, image, tasks.upload(archive), ctx.timeout))
    with _run_guard.before_end(lambda: tasks.cancel(run_id)):
        lines = tasks.follow(run_id, ctx.timeout, ctx.say, ctx.report)
    run = tasks.run(run_id)
    if run["status"] == "Succeeded":
        return run_id
    said = str(run.get("runErrorMessage") or _build_failure.last_word(lines) or f"the run ended as {run['status']}")
    error = _build_failure.of_build(said, lines)
    error.message = f"{error.message} (run {run_id} of {ctx.params['registry_name']}: {run['status']})"
    raise error


def _request(wanted: Build, image: str, source: str, timeout: float) -> Body:
    system, architecture, *variant = wanted.platform.split("/")
    platform = {"os": system.capitalize(), "architecture": architecture, **({"variant": variant[0]} if variant else {})}
    return {
        "type": "DockerBuildRequest",
        "isArchiveEnabled": False,
        "sourceLocation": source,
        "dockerFilePath": wanted.dockerfile,
        "imageNames": [image],
        "isPushEnabled": True,
        "noCache": False,
        "target": wanted.target or None,
        "arguments": [{"name": name, "value": value, "isSecret": False} for name, value in wanted.arguments.items()],
        "platform": platform,
        "timeout": int(min(max(timeout, _LEAST_SECONDS), _MOST_SECONDS)),
    }


class _Tasks:
    """What a registry's tasks can do, for one registry."""

    def __init__(self, session: Session, registry: str) -> None:
        self._session = session
        self._registry = registry

    def upload(self, archive: t.IO[bytes]) -> str:
        """Store the source where Azure says; return its path there."""
        doing = "Asking where to upload the source"
        place = self._session.act(self._registry, "listBuildSourceUploadUrl", _VERSION, doing).body
        archive.seek(0)
        with _storage("Uploading the source"):
            _blob(self._session, place["uploadUrl"]).upload_blob(archive, overwrite=True)
        return str(place["relativePath"])

    def schedule(self, request: Body) -> str:
        """Start a run; return its id. A run whose answer was lost is found again instead of started twice."""
        before = self._ids()
        try:
            answer = self._session.act(self._registry, "scheduleRun", _VERSION, "Starting the build", request)
            return str(answer.body["properties"]["runId"])
        except OperationsError as error:
            if not error.uncertain:
                raise
            started = self._ids() - before
            if len(started) > 1:  # others build in this registry too, and nothing says which is ours
                raise
            return started.pop() if started else self.schedule(request)

    def _ids(self) -> set[str]:
        url = f"{self._session.cloud.resource_manager}{self._registry}/runs?api-version={_VERSION}&$top=20"
        found = self._session.get(url, "Listing the builds of the registry").body.get("value") or []
        return {str(one["name"]) for one in found}

    def run(self, run_id: str) -> Body:
        """Return what Azure says of a run."""
        url = f"{self._session.cloud.resource_manager}{self._registry}/runs/{run_id}?api-version={_VERSION}"
        return t.cast("Body", self._session.get(url, f"Reading the build {run_id}").body["properties"])

    def cancel(self, run_id: str) -> None:
        """Stop a run; what stands in the way of that is told by nobody, since the run here is over already."""
        with contextlib.suppress(OperationsError, OSError):
            self._session.act(f"{self._registry}/runs/{run_id}", "cancel", _VERSION, f"Cancelling the build {run_id}")

    def follow(
        self, run_id: str, timeout: float, say: t.Callable[[str], None], report: t.Callable[[str], None]
    ) -> list[str]:
        """Show the log of a run as it grows, until the run is over; return its lines.

        :raises OperationsError: with code C(Timeout).
        """
        link = self._session.act(
            f"{self._registry}/runs/{run_id}", "listLogSasUrl", _VERSION, f"Asking for the log of the build {run_id}"
        ).body["logLink"]
        log = _Log(_blob(self._session, link))
        lines: list[str] = []
        began = time.monotonic()
        pause, quiet = _FIRST_PAUSE, 0
        while True:
            new, complete = log.read()
            for line in new:
                lines.append(line)
                say(line)
            quiet = 0 if new else quiet + 1
            if complete or (quiet >= _PAUSES_BEFORE_ASKING and self.run(run_id)["status"] in _OVER):
                break
            if time.monotonic() - began > timeout:
                raise OperationsError(
                    f"The build {run_id} is not finished after {int(timeout)} s, and was cancelled",
                    code="Timeout",
                    remedy="Raise registry_build_timeout (timeout), or build less.",
                    details={"log": lines[-_build_failure.LAST :]},
                )
            report(f"build {run_id}: {int(time.monotonic() - began)} s")
            pause = _FIRST_PAUSE if new else min(pause * 1.5, _LONGEST_PAUSE)
            time.sleep(pause)
        for line in log.rest():
            lines.append(line)
            say(line)
        while self.run(run_id)["status"] not in _OVER:  # the log ends a moment before
            if time.monotonic() - began > timeout:
                raise OperationsError(f"The build {run_id} does not end", code="Timeout")
            time.sleep(_FIRST_PAUSE)
        return lines


class _Log:
    """A log that grows in a blob; its end is shown by the blob's metadata."""

    def __init__(self, blob: t.Any) -> None:
        self._blob = blob
        self._offset = 0
        self._decode = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._begun = ""

    def read(self) -> tuple[list[str], bool]:
        """Return the lines that are new, and whether more may come."""
        missing = load("azure.core.exceptions", "ResourceNotFoundError")
        with _storage("Reading the log of the build"):
            try:
                found = self._blob.get_blob_properties()
            except missing:
                return [], False
            complete = any(name.lower() == "complete" for name in found.metadata or {})
            if found.size > self._offset:
                part = self._blob.download_blob(offset=self._offset, length=found.size - self._offset).readall()
                self._offset += len(part)
                self._begun += self._decode.decode(part)
        *whole, self._begun = self._begun.split("\n")
        return [line.rstrip("\r") for line in whole if line.strip()], complete

    def rest(self) -> list[str]:
        """Return a last line without an end."""
        line, self._begun = self._begun.rstrip("\r"), ""
        return [line] if line.strip() else []


def _blob(session: Session, url: str) -> t.Any:
    """Return a client of a blob that the URL itself lets us use."""
    client = load("azure.storage.blob", "BlobClient")
    return client.from_blob_url(url, **session.transport_options(repeat_writes=True, whole=False))


@contextlib.contextmanager
def _storage(doing: str) -> t.Iterator[None]:
    from azure.core.exceptions import AzureError

    try:
        yield
    except AzureError as exc:
        raise from_azure(exc, doing) from exc
