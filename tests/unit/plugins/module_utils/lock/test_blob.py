"""A lock in a storage account whose answers are lost: a write that finds itself has not been overtaken."""

from __future__ import annotations

import datetime
from types import SimpleNamespace
from typing import Any

import pytest
from azure.core.exceptions import ResourceExistsError

from ansible_collections.codexdominion.azure.plugins.module_utils._lock._blob import BlobStore
from ansible_collections.codexdominion.azure.plugins.module_utils._lock._content import Lock


class Blob:
    """A blob that is there already when it is written, as after a lost answer, or because of somebody else."""

    url = "https://account.blob.example/c/locks/north.json"

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.leased_with = ""

    def upload_blob(self, _content: bytes, **_conditions: Any) -> dict[str, Any]:
        error: Any = ResourceExistsError(message="It exists.")
        error.error_code = "BlobAlreadyExists"
        raise error

    def download_blob(self, raw_response_hook: Any) -> Any:
        now = datetime.datetime.now(datetime.UTC)
        date = now.strftime("%a, %d %b %Y %H:%M:%S GMT")
        raw_response_hook(SimpleNamespace(http_response=SimpleNamespace(headers={"Date": date})))
        lease = SimpleNamespace(status="unlocked")
        properties = SimpleNamespace(last_modified=now, etag="etag-1", lease=lease)
        return SimpleNamespace(readall=lambda: self.content, properties=properties)

    def acquire_lease(self, _seconds: int, lease_id: str, **_conditions: Any) -> None:
        self.leased_with = lease_id


def store(blob: Blob) -> BlobStore:
    container: Any = SimpleNamespace(blob=lambda _name: blob, create=lambda: None)
    return BlobStore(container, "north")


@pytest.mark.parametrize(("whose", "held"), [("mine", True), ("another", False)])
def test_a_lock_that_is_there_is_ours_or_not(whose: str, held: bool) -> None:
    lock = Lock.new("north", "owner", "reason", "mine")
    there = Lock.new("north", "owner", "reason", whose)
    blob = Blob(there.to_bytes())
    assert store(blob).create(lock, "mine") is held
    assert blob.leased_with == ("mine" if held else "")
