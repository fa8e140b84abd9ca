"""Unpacking image layers: what is written, what is refused, what is deleted from lower layers."""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from azure_simulator.containers.layers import Layer, LayerError, LayerStore
from azure_simulator.containers.rootfs import MountError, assemble, locate

Entry = tuple[str, dict[str, Any], bytes]


def file(name: str, content: str = "", **fields: Any) -> Entry:
    return name, {"mode": 0o644, **fields}, content.encode()


def link(name: str, target: str, kind: bytes = tarfile.SYMTYPE) -> Entry:
    return name, {"type": kind, "linkname": target}, b""


def folder(name: str) -> Entry:
    return name, {"type": tarfile.DIRTYPE, "mode": 0o755}, b""


def archive(*entries: Entry) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, fields, content in entries:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            for key, value in fields.items():
                setattr(info, key, value)
            tar.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def digest_of(blob: bytes) -> str:
    return f"sha256:{hashlib.sha256(blob).hexdigest()}"


@pytest.fixture
def unpack(tmp_path: Path) -> Callable[[bytes], Layer]:
    store = LayerStore(tmp_path / "layers")
    return lambda blob: store.unpack(digest_of(blob), io.BytesIO(blob))


@pytest.mark.parametrize("compress", [lambda blob: blob, gzip.compress], ids=["plain", "gzip"])
def test_files_folders_and_links(unpack: Callable[[bytes], Layer], compress: Callable[[bytes], bytes]) -> None:
    tree = unpack(
        compress(
            archive(
                folder("app"),
                file("app/run.sh", "#!/bin/sh", mode=0o755),
                link("app/again", "run.sh"),
                link("bin", "/app"),
                link("app/hard", "app/run.sh", tarfile.LNKTYPE),
            )
        )
    ).tree
    assert (tree / "app/again").read_text() == "#!/bin/sh"
    assert (tree / "bin/run.sh").exists(), "an absolute link leads to the image's own folder"
    assert (tree / "app/hard").samefile(tree / "app/run.sh")
    assert (tree / "app/run.sh").stat().st_mode & 0o111


@pytest.mark.parametrize(
    "entries",
    [
        pytest.param([file("../evil")], id="path above the root"),
        pytest.param([file("a/../../evil")], id="path above the root, later"),
        pytest.param([link("a", "../../etc")], id="link above the root"),
        pytest.param([link("a", "/../etc")], id="absolute link above the root"),
        pytest.param([link("hard", "../../etc/passwd", tarfile.LNKTYPE)], id="hard link above the root"),
        pytest.param([link("hard", "not/there", tarfile.LNKTYPE)], id="hard link to nothing"),
        pytest.param(
            [folder("d/e"), link("d/e/here", "."), link("d/e/out", "here/../../.."), file("d/e/out/evil")],
            id="write through a link that climbs when followed",
        ),
    ],
)
def test_entries_that_leave_the_image_are_refused(
    unpack: Callable[[bytes], Layer], tmp_path: Path, entries: list[Entry]
) -> None:
    with pytest.raises(LayerError):
        unpack(archive(*entries))
    assert not list(tmp_path.rglob("evil"))
    assert not list((tmp_path / "layers").iterdir()), "nothing half unpacked stays"


def test_wrong_digest_and_wrong_format_are_refused(tmp_path: Path) -> None:
    store = LayerStore(tmp_path)
    blob = archive(file("a"))
    with pytest.raises(LayerError, match="has the digest"):
        store.unpack(digest_of(b"other"), io.BytesIO(blob))
    with pytest.raises(LayerError, match="not a tar archive"):
        store.unpack(digest_of(b"x" * 600), io.BytesIO(b"x" * 600))


def test_a_layer_is_unpacked_once(tmp_path: Path) -> None:
    blob = archive(file("a", "1"))
    for store in (LayerStore(tmp_path), LayerStore(tmp_path)):
        assert (store.unpack(digest_of(blob), io.BytesIO(blob)).tree / "a").read_text() == "1"
        unread = io.BytesIO(b"not an archive")
        store.unpack(digest_of(blob), unread)
        assert unread.tell() == 0
    assert LayerStore(tmp_path).get(digest_of(b"other")) is None


def test_upper_layers_delete_replace_and_hide(unpack: Callable[[bytes], Layer], tmp_path: Path) -> None:
    lower = unpack(
        archive(file("a/gone", "1"), file("a/stays", "1"), file("b/old", "1"), file("c/was-file", "1"), link("l", "a"))
    )
    upper = unpack(
        archive(
            file("a/.wh.gone"),
            file("a/new", "2"),
            file("b/.wh..wh..opq"),
            file("b/only", "2"),
            file("c/was-file/inside", "2"),
            file("l/x", "2"),
        )
    )
    root = tmp_path / "root"
    assemble([lower, upper], {}, root)
    files = sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())
    assert files == ["a/new", "a/stays", "b/only", "c/was-file/inside", "l/x"]


def test_containers_do_not_share_what_they_write(unpack: Callable[[bytes], Layer], tmp_path: Path) -> None:
    layer = unpack(archive(file("data.db", "initial"), file("app.py", "code")))
    one, two = tmp_path / "one", tmp_path / "two"
    assemble([layer], {}, one)
    (one / "data.db").write_text("changed")
    assemble([layer], {}, two)
    assert (two / "data.db").read_text() == "initial"
    assert (one / "app.py").samefile(two / "app.py"), "sources cost no disk"


def test_mounts_appear_and_must_not_leave_the_root(unpack: Callable[[bytes], Layer], tmp_path: Path) -> None:
    layer = unpack(archive(file("etc/app/default", "x"), link("way", "etc")))
    volume = tmp_path / "volume"
    volume.mkdir()
    (volume / "key").write_text("hush")
    root = tmp_path / "root"
    assemble([layer], {"/etc/app": volume, "/s": volume}, root)
    assert (root / "s/key").read_text() == (root / "etc/app/key").read_text() == "hush"
    with pytest.raises(MountError):
        assemble([layer], {"relative": volume}, root)
    with pytest.raises(MountError):
        assemble([layer], {"/": volume}, root)
    assert (volume / "key").exists(), "a new file system does not empty the volumes of the old one"


def test_paths_are_found_below_the_root_only(tmp_path: Path) -> None:
    (tmp_path / "root/app").mkdir(parents=True)
    (tmp_path / "secret").touch()
    assert locate(tmp_path / "root", "/app") == tmp_path / "root/app"
    assert locate(tmp_path / "root", "/../secret") is None
    assert locate(tmp_path / "root", "app") is None
