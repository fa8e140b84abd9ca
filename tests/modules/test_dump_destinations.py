"""Where dumps are kept: a directory and a storage account do the same, and lose nothing."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import threading
import urllib.parse
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.pipeline.transport import HttpTransport
from azure.storage.blob import ContainerClient

from ansible_collections.codexdominion.azure.plugins.module_utils._azure._session import Session
from ansible_collections.codexdominion.azure.plugins.module_utils._controller._run_cache import RunCache
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._dump import _blob, _catalogue, _dump_names
from ansible_collections.codexdominion.azure.plugins.module_utils._dump._blob import Container
from ansible_collections.codexdominion.azure.plugins.module_utils._dump._destination import Destination
from ansible_collections.codexdominion.azure.plugins.module_utils._dump._directory import Directory
from ansible_collections.codexdominion.azure.plugins.module_utils._storage._blob_container import SPEC, BlobContainer
from tests.support.backups import CONTENT, ago, dump, mark, no_file_larger_than, store
from tests.support.invoke import invoke

Params = dict[str, Any]


def container(options: Params) -> Container:
    """Return a destination in a storage account."""
    given = SPEC.validate({name: value for name, value in options.items() if name in SPEC.options})
    params = given.validated_parameters
    return Container(BlobContainer(Session(params, RunCache(None)), params), options.get("blob_prefix", ""))


def write(destination: Destination, name: _dump_names.Name, content: bytes = CONTENT) -> None:
    """Make a backup as a run does it."""
    with destination.exclusive(name.prefix), destination.upload(str(name)) as upload:
        for start in range(0, len(content), 1000):
            upload.write(content[start : start + 1000])
        upload.finish()
        assert b"".join(upload.read_back()) == content
        upload.publish(dump(str(name), content).to_bytes())


def files(folder: Path) -> set[str]:
    """Return the names of what is in a directory, without what is hidden."""
    return {path.name for path in folder.iterdir() if not path.name.startswith(".")}


@pytest.fixture(params=["directory", "blob"])
def options(request: pytest.FixtureRequest, tmp_path: Path) -> Params:
    """Options of a destination that does not exist yet."""
    if request.param == "directory":
        return {"directory": str(tmp_path / "deep" / "backups")}
    account = request.getfixturevalue("storage_account")
    return {**account, "container": f"c{uuid.uuid4().hex}", "blob_prefix": "dumps/"}


@pytest.fixture
def destinations(options: Params) -> Callable[[], Destination]:
    """Return the same destination as another run would see it."""
    if "directory" in options:
        return lambda: Directory(Path(options["directory"]))
    return lambda: container(options)


@pytest.fixture
def destination(destinations: Callable[[], Destination]) -> Destination:
    """A destination that does not exist yet."""
    return destinations()


class TestLife:
    def test_nothing_is_there_before(self, destination: Destination, options: Params) -> None:
        assert destination.entries() == []
        assert invoke("postgresql_dump_info", {**options, "verify": True})["backups"] == []
        pruned = invoke("postgresql_dump_prune", {**options, "prefix": "codex", "keep_last": 1})
        assert not pruned["changed"] and not pruned.get("failed")
        if "directory" in options:
            assert not Path(options["directory"]).parent.exists()

    def test_a_backup_is_there_when_it_is_published(self, destination: Destination, options: Params) -> None:
        name = ago(1)
        write(destination, name)
        (found,) = _catalogue.find(destination)
        assert found.good and found.name == name and found.size == len(CONTENT)
        assert b"".join(destination.read(name.dump)) == CONTENT
        assert _catalogue.verify(destination, found) == found
        assert not any(entry.partial for entry in destination.entries())
        if "directory" in options:
            modes = {path.stat().st_mode & 0o777 for path in Path(options["directory"]).iterdir()}
            assert modes == {0o600}

    @pytest.mark.parametrize("stage", ["begun", "written", "finished"])
    def test_what_fails_leaves_nothing(
        self, stage: str, destination: Destination, destinations: Callable[[], Destination]
    ) -> None:
        write(destination, ago(2))
        before = sorted(destination.entries())
        with (
            pytest.raises(RuntimeError, match="broken"),
            destination.exclusive("codex"),
            destination.upload(str(ago(1))) as upload,
        ):
            if stage != "begun":
                upload.write(CONTENT)
            if stage == "finished":
                upload.finish()
            raise RuntimeError("broken")
        assert sorted(destinations().entries()) == before
        write(destination, ago(1))

    @pytest.mark.parametrize("stage", ["begun", "written", "finished"])
    def test_what_is_not_published_is_no_backup_and_is_cleaned(
        self, stage: str, destination: Destination, destinations: Callable[[], Destination]
    ) -> None:
        """A run that is killed does not come to its end; here its upload is just never closed."""
        write(destination, ago(3))
        write(destination, ago(3, "other"))
        killed = destinations().upload(str(ago(1)))
        upload = killed.__enter__()
        if stage != "begun":
            upload.write(CONTENT)
        if stage == "finished":
            upload.finish()
        assert {one.name for one in _catalogue.find(destination) if one.good} == {ago(3), ago(3, "other")}
        with destination.exclusive("other"):
            assert destination.clean("other") == []
        with destination.exclusive("codex"):
            destination.clean("codex")
        assert {entry.file for entry in destination.entries()} == {
            file for name in (ago(3), ago(3, "other")) for file in (name.dump, name.manifest)
        }
        with contextlib.suppress(OperationsError, StopIteration, RuntimeError):
            killed.__exit__(RuntimeError, RuntimeError("killed"), None)

    def test_a_published_one_is_never_written_over(
        self, destination: Destination, destinations: Callable[[], Destination]
    ) -> None:
        name = ago(1)
        write(destination, name)
        with pytest.raises(OperationsError) as refused:
            write(destinations(), name, b"other content")
        assert refused.value.code == "BackupExists"
        with pytest.raises(OperationsError) as refused:
            destination.put(name.manifest, b"other")
        assert refused.value.code == "BackupExists"
        assert b"".join(destination.read(name.dump)) == CONTENT
        assert all(one.good for one in _catalogue.find(destination))

    def test_runs_with_one_prefix_exclude_each_other(
        self, destination: Destination, destinations: Callable[[], Destination]
    ) -> None:
        with destination.exclusive("codex"):
            with pytest.raises(OperationsError) as refused, destinations().exclusive("codex"):
                pytest.fail("two at once")
            assert refused.value.code == "BackupRunning"
            with destinations().exclusive("codex-other"):
                pass
        with destinations().exclusive("codex"):
            pass

    def test_marks_are_written_beside_a_running_dump(
        self, destination: Destination, destinations: Callable[[], Destination]
    ) -> None:
        name = ago(1)
        with destination.exclusive("codex"):
            destinations().put(name.manifest, mark(str(name)).to_bytes())
            destination.clean("codex")
        (found,) = _catalogue.find(destination)
        assert found.good and not found.is_dump

    def test_what_is_gone_can_be_deleted(self, destination: Destination) -> None:
        write(destination, ago(1))
        for _time in range(2):
            destination.delete(ago(1).dump)
        assert [entry.file for entry in destination.entries()] == [ago(1).manifest]


class TestInfo:
    def test_says_what_is_wrong(self, destination: Destination, options: Params) -> None:
        for hours in range(1, 8):
            write(destination, ago(hours))
        destination.delete(ago(1).dump)
        destination.delete(ago(2).manifest)
        for hours, manifest in (
            (3, b"{"),
            (4, dump(str(ago(4)), CONTENT + b"more").to_bytes()),
            (5, dump(str(ago(5)), CONTENT[::-1]).to_bytes()),
            (6, dump(str(ago(1))).to_bytes()),
        ):
            destination.delete(ago(hours).manifest)
            destination.put(ago(hours).manifest, manifest)
        found = invoke("postgresql_dump_info", {**options, "prefix": "codex", "verify": True, "max_age": "8h"})
        states = [(one["state"], one["problem"]) for one in found["backups"]]
        assert states == [
            ("doubtful", "its dump is missing"),
            ("incomplete", "it has no manifest"),
            ("doubtful", "its manifest is not JSON"),
            ("doubtful", f"its dump has {len(CONTENT)} bytes instead of {len(CONTENT) + 4}"),
            ("doubtful", "its checksum is wrong"),
            ("doubtful", f"its manifest is that of {ago(1)}"),
            ("complete", ""),
        ]
        assert [one["verified"] for one in found["backups"]] == [False] * 6 + [True]
        assert found["newest"] == found["oldest"] == str(ago(7)) and found["fresh"]
        assert len(found["problems"]) == 6
        assert not invoke("postgresql_dump_info", {**options, "max_age": "4h"})["fresh"]

    @pytest.mark.parametrize(
        ("hours", "max_age", "fresh"),
        [
            (1, "2h", True),
            (1, "30m", False),
            (30, "1d", False),
            (30, "2d", True),
            (0, "60000", True),
            (-1, "1h", False),
        ],
    )
    def test_freshness(self, hours: float, max_age: str, fresh: bool, tmp_path: Path) -> None:
        store(tmp_path, ago(hours))
        found = invoke("postgresql_dump_info", {"directory": str(tmp_path), "max_age": max_age})
        assert found["fresh"] is fresh

    def test_a_mark_is_not_fresh_data(self, tmp_path: Path) -> None:
        (tmp_path / ago(0).manifest).write_bytes(mark(str(ago(0))).to_bytes())
        found = invoke("postgresql_dump_info", {"directory": str(tmp_path), "max_age": "1h"})
        assert [one["kind"] for one in found["backups"]] == ["mark"]
        assert found["newest"] is None and found["fresh"] is False


class TestPrune:
    RULES: Params = {"prefix": "codex", "keep_last": 2}  # noqa: RUF012

    def test_removes_only_ours(self, destination: Destination, options: Params) -> None:
        for hours in range(1, 5):
            write(destination, ago(hours))
        write(destination, ago(9, "codex-other"))
        would = invoke("postgresql_dump_prune", {**options, **self.RULES}, check_mode=True)
        assert len(_catalogue.find(destination)) == 5
        done = invoke("postgresql_dump_prune", {**options, **self.RULES})
        assert done == would
        assert done["changed"] and done["impact"] == "data_loss"
        assert done["removed"] == [str(ago(4)), str(ago(3))]
        assert done["freed_bytes"] == 2 * len(CONTENT)
        left = {one.name for one in _catalogue.find(destination)}
        assert left == {ago(1), ago(2), ago(9, "codex-other")}
        assert not invoke("postgresql_dump_prune", {**options, **self.RULES})["changed"]

    def test_other_files_stay(self, tmp_path: Path) -> None:
        for hours in range(4):
            store(tmp_path, ago(hours))
        others = ["notes.txt", "codex-20200101T000000Z.sql", "codex.dump", "codex-20200101T000000Z.dump.bak"]
        for name in others:
            (tmp_path / name).write_text("precious", encoding="utf-8")
        (tmp_path / "codex-20200101T000000Z.dump").mkdir()
        (tmp_path / "codex-20200102T000000Z.dump").symlink_to(tmp_path / others[0])
        done = invoke("postgresql_dump_prune", {"directory": str(tmp_path), **self.RULES})
        assert done["removed"] == [str(ago(3)), str(ago(2))]
        assert {*others, "codex-20200101T000000Z.dump", "codex-20200102T000000Z.dump"} <= files(tmp_path)

    def test_nothing_while_a_backup_runs(self, destination: Destination, options: Params) -> None:
        for hours in range(1, 5):
            write(destination, ago(hours))
        with destination.exclusive("codex"):
            refused = invoke("postgresql_dump_prune", {**options, **self.RULES})
        assert refused["failure"]["code"] == "BackupRunning"
        assert len(_catalogue.find(destination)) == 4

    @pytest.mark.parametrize(
        ("hours", "content", "said"),
        [(3, b"{}", "not of a format"), (1, b"", "not JSON"), (-1, b"", "not JSON")],
    )
    def test_nothing_when_a_manifest_is_unreadable(
        self, hours: float, content: bytes, said: str, tmp_path: Path
    ) -> None:
        for age in (2, 4, 5):
            store(tmp_path, ago(age))
        store(tmp_path, ago(hours))
        (tmp_path / ago(hours).manifest).write_bytes(content)
        before = files(tmp_path)
        refused = invoke("postgresql_dump_prune", {"directory": str(tmp_path), **self.RULES})
        assert refused["failure"]["code"] == "ListingDoubtful" and said in refused["msg"]
        assert files(tmp_path) == before

    def test_nothing_when_our_clock_is_behind(self, tmp_path: Path) -> None:
        for age in (-2, 4, 5, 6):
            store(tmp_path, ago(age))
        refused = invoke("postgresql_dump_prune", {"directory": str(tmp_path), **self.RULES})
        assert refused["failure"]["code"] == "ListingDoubtful" and "clock" in refused["msg"]
        assert len(_catalogue.find(Directory(tmp_path))) == 4

    def test_never_the_last_good_one(self, tmp_path: Path) -> None:
        for age in (1, 2, 200, 300):
            store(tmp_path, ago(age))
        for age in (1, 2):
            (tmp_path / ago(age).dump).write_bytes(b"cut")
        done = invoke("postgresql_dump_prune", {"directory": str(tmp_path), "prefix": "codex", "max_age_days": 1})
        assert done["removed"] == [str(ago(300))]
        assert list(done["kept"]) == [str(ago(1)), str(ago(2)), str(ago(200))]

    def test_marks_push_no_dump_out(self, tmp_path: Path) -> None:
        for age in (10, 11):
            store(tmp_path, ago(age))
        for age in range(5):
            (tmp_path / ago(age).manifest).write_bytes(mark(str(ago(age))).to_bytes())
        done = invoke("postgresql_dump_prune", {"directory": str(tmp_path), "prefix": "codex", "keep_last": 2})
        assert sorted(done["removed"]) == sorted(str(ago(age)) for age in (2, 3, 4))

    def test_a_backup_without_a_manifest_stays(self, tmp_path: Path) -> None:
        for age in (1, 2, 3):
            store(tmp_path, ago(age))
        (tmp_path / ago(3).manifest).unlink()
        done = invoke("postgresql_dump_prune", {"directory": str(tmp_path), "prefix": "codex", "keep_last": 1})
        assert done["removed"] == [str(ago(2))] and done["kept"][str(ago(3))] == "it has no manifest"


class TestDirectory:
    def test_a_run_that_died_before_its_last_step_is_finished(self, tmp_path: Path) -> None:
        name = store(tmp_path, ago(1))
        (tmp_path / name.manifest).rename(tmp_path / f"{name.manifest}.partial")
        directory = Directory(tmp_path)
        assert not any(one.good for one in _catalogue.find(directory))
        with directory.exclusive("codex"):
            assert directory.clean("codex") == []
        assert [one.good for one in _catalogue.find(directory)] == [True]

    def test_a_dump_whose_manifest_somebody_removed_is_not_cleaned(self, tmp_path: Path) -> None:
        name = store(tmp_path, ago(1))
        (tmp_path / name.manifest).unlink()
        directory = Directory(tmp_path)
        with directory.exclusive("codex"):
            assert directory.clean("codex") == []
        assert (tmp_path / name.dump).read_bytes() == CONTENT

    def test_full(self, tmp_path: Path) -> None:
        store(tmp_path, ago(2))
        directory = Directory(tmp_path)
        with (
            pytest.raises(OperationsError) as refused,
            no_file_larger_than(len(CONTENT) // 2),
            directory.exclusive("codex"),
            directory.upload(str(ago(1))) as upload,
        ):
            upload.write(CONTENT)
        assert refused.value.code == "DestinationFull"
        assert files(tmp_path) == {ago(2).dump, ago(2).manifest}

    def test_not_a_directory(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("", encoding="utf-8")
        refused = invoke("postgresql_dump_info", {"directory": str(tmp_path / "file")})
        assert refused["failure"]["code"] == "DestinationUnusable"

    def test_symbolic_links_are_not_followed(self, tmp_path: Path) -> None:
        store(tmp_path, ago(2))
        victim = tmp_path / "victim"
        victim.write_text("precious", encoding="utf-8")
        (tmp_path / f"{ago(1).dump}.partial").symlink_to(victim)
        with pytest.raises(OperationsError):
            write(Directory(tmp_path), ago(1))
        assert victim.read_text(encoding="utf-8") == "precious"


class Relay:
    """Passes bytes on to a port until so many have gone there; then it breaks that connection and takes no other."""

    def __init__(self, url: str, most: int) -> None:
        target = urllib.parse.urlsplit(url)
        self._target = (str(target.hostname), int(target.port or 0))
        self.left = most
        self._listener = socket.create_server(("127.0.0.1", 0))
        port = self._listener.getsockname()[1]
        self.url = url.replace(f":{target.port}", f":{port}")
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client = self._listener.accept()[0]
                server = socket.create_connection(self._target)
                threading.Thread(target=self._pass, args=(client, server, True), daemon=True).start()
                threading.Thread(target=self._pass, args=(server, client, False), daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket, counts: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if counts:
                    self.left -= len(data)
                    if self.left < 0:
                        self._listener.close()
                        break
                sink.sendall(data)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


class TestBlob:
    @pytest.fixture
    def account(self, storage_account: Params) -> Params:
        return {**storage_account, "container": f"c{uuid.uuid4().hex}"}

    @pytest.fixture
    def client(self, account: Params) -> Iterator[ContainerClient]:
        """The container as others see it."""
        credential = AzureNamedKeyCredential("codextest", account["storage_account_key"])
        with ContainerClient(account["storage_account_url"], account["container"], credential=credential) as client:
            yield client

    def test_an_upload_that_breaks_halfway_leaves_nothing(
        self, account: Params, client: ContainerClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # The package waits between its attempts, 20 seconds in all.
        monkeypatch.setattr(HttpTransport, "sleep", lambda _transport, _seconds: None)
        write(container(account), ago(2))
        before = sorted(client.list_blob_names())
        relay = Relay(account["storage_account_url"], 9 << 20)
        with pytest.raises(OperationsError) as refused:
            write(container({**account, "storage_account_url": relay.url}), ago(1), os.urandom(16 << 20))
        assert refused.value.code == "EndpointUnreachable"
        assert sorted(client.list_blob_names()) == before
        assert relay.left < 0

    def test_large_blobs_are_staged_in_blocks(self, account: Params, client: ContainerClient) -> None:
        content = os.urandom((9 << 20) + 17)
        write(container(account), ago(1), content)
        assert client.download_blob(ago(1).dump).readall() == content
        committed, staged = client.get_blob_client(ago(1).dump).get_block_list("all")
        assert [block.size for block in committed] == [4 << 20, 4 << 20, (1 << 20) + 17] and not staged

    def test_a_dump_whose_manifest_somebody_removed_is_not_cleaned(
        self, account: Params, client: ContainerClient
    ) -> None:
        destination = container(account)
        write(destination, ago(1))
        client.delete_blob(ago(1).manifest)
        with destination.exclusive("codex"):
            assert destination.clean("codex") == []
        assert client.get_blob_client(ago(1).dump).exists()

    def test_a_run_that_lost_its_lease_publishes_nothing(self, account: Params, client: ContainerClient) -> None:
        first, second = container(account), container(account)
        with (
            pytest.raises(OperationsError) as refused,
            first.exclusive("codex"),
            first.upload(str(ago(1))) as upload,
        ):
            upload.write(CONTENT)
            upload.finish()
            self._break_lease(client)  # as if the network had been away for long
            with second.exclusive("codex"):
                second.clean("codex")
                upload.publish(dump(str(ago(1))).to_bytes())
        assert refused.value.code == "BackupRunning"
        assert [entry.file for entry in second.entries() if not entry.partial] == []

    def test_a_killed_run_holds_its_lease_for_seconds_only(
        self, account: Params, client: ContainerClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(_blob, "_RENEWED_EVERY", 0.2)
        with container(account).exclusive("codex"):
            properties = client.get_blob_client(".codex.lock").get_blob_properties()
            assert properties.lease.status == "locked" and properties.lease.duration == "fixed"
        assert client.get_blob_client(".codex.lock").get_blob_properties().lease.status == "unlocked"

    def test_other_blobs_are_left_alone(self, account: Params, client: ContainerClient) -> None:
        for hours in (1, 2, 3):
            write(container({**account, "blob_prefix": "a/"}), ago(hours))
        write(container(account), ago(9))
        client.upload_blob("locks/production.json", b"{}")
        done = invoke("postgresql_dump_prune", {**account, "blob_prefix": "a/", "prefix": "codex", "keep_last": 1})
        assert done["removed"] == [str(ago(3)), str(ago(2))]
        left = {name for name in client.list_blob_names() if ".lock" not in name}
        ours = {f"a/{ago(1).dump}", f"a/{ago(1).manifest}"}
        assert left == ours | {ago(9).dump, ago(9).manifest, "locks/production.json"}

    def test_wrong_key(self, account: Params) -> None:
        refused = invoke("postgresql_dump_info", {**account, "storage_account_key": "bm8="})
        assert refused["failure"]["status"] == 403
        assert account["storage_account_key"] not in json.dumps(refused)

    def _break_lease(self, client: ContainerClient) -> None:
        from azure.storage.blob import BlobLeaseClient

        BlobLeaseClient(client.get_blob_client(".codex.lock")).break_lease(0)
