"""Blobs on disk: whole or absent, shared, swept."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest

from azure_simulator.core.clock import Clock
from azure_simulator.core.store import Store
from azure_simulator.registry.blobs import BlobStore
from azure_simulator.registry.errors import RegistryError
from azure_simulator.registry.repositories import OCI_MANIFEST, Repositories, page, sweep


def digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


@pytest.fixture
def blobs(tmp_path: Path) -> BlobStore:
    return BlobStore(tmp_path / "registry")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store.sqlite")


def _repositories(store: Store, blobs: BlobStore, registry: str = "/registries/r") -> Repositories:
    return Repositories(store, blobs, Clock(store), registry)


def _image(repositories: Repositories, blobs: BlobStore, tag: str, *layers: bytes) -> str:
    descriptors = []
    for content in (b"{}", *layers):
        repositories.link_blob("app", blobs.write(content), len(content))
        descriptors.append({"mediaType": "application/octet-stream", "digest": digest(content), "size": len(content)})
    manifest = {"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": descriptors[0], "layers": descriptors[1:]}
    return repositories.put_manifest("app", tag, OCI_MANIFEST, json.dumps(manifest).encode())[0]


def test_upload_becomes_a_blob_only_with_its_digest(blobs: BlobStore) -> None:
    upload = blobs.begin()
    blobs.upload_path(upload).write_bytes(b"content")
    assert blobs.offset(upload) == 7
    with pytest.raises(RegistryError, match="DIGEST_INVALID"):
        blobs.finish(upload, digest(b"other"))
    assert blobs.size(digest(b"content")) is None
    upload = blobs.begin()
    blobs.upload_path(upload).write_bytes(b"content")
    assert blobs.finish(upload, digest(b"content")) == 7
    assert blobs.read(digest(b"content")) == b"content"


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "zz", "a" * 32 + "/.."])
def test_upload_names_do_not_lead_elsewhere(blobs: BlobStore, name: str) -> None:
    with pytest.raises(RegistryError, match="BLOB_UPLOAD_UNKNOWN"):
        blobs.upload_path(name)


@pytest.mark.parametrize("name", ["sha256:../../x", "sha256:ABC", "md5:d41d8cd98f00b204e9800998ecf8427e", "latest"])
def test_only_sha256_digests(blobs: BlobStore, name: str) -> None:
    with pytest.raises(RegistryError, match="DIGEST_INVALID"):
        blobs.path(name)


def test_deleting_an_image_keeps_what_others_use(store: Store, blobs: BlobStore) -> None:
    repositories = _repositories(store, blobs)
    first = _image(repositories, blobs, "1", b"shared", b"only first")
    _image(repositories, blobs, "2", b"shared")
    repositories.delete_manifest("app", first)
    assert repositories.has_blob("app", digest(b"shared"))
    assert not repositories.has_blob("app", digest(b"only first"))
    sweep(store, blobs)
    assert blobs.size(digest(b"only first")) is None
    assert blobs.size(digest(b"shared")) is not None


def test_blobs_are_stored_once_but_readable_only_where_pushed(store: Store, blobs: BlobStore) -> None:
    one, two = _repositories(store, blobs, "/registries/one"), _repositories(store, blobs, "/registries/two")
    _image(one, blobs, "1", b"layer")
    assert not two.has_blob("app", digest(b"layer"))
    one.clear()
    sweep(store, blobs)
    assert blobs.size(digest(b"layer")) is None


def test_old_uploads_are_swept(store: Store, blobs: BlobStore) -> None:
    old, fresh = blobs.begin(), blobs.begin()
    os.utime(blobs.upload_path(old), (0, 0))
    sweep(store, blobs)
    assert blobs.offset(fresh) == 0
    with pytest.raises(RegistryError):
        blobs.offset(old)


def test_moving_a_tag_keeps_both_manifests(store: Store, blobs: BlobStore) -> None:
    repositories = _repositories(store, blobs)
    first = _image(repositories, blobs, "latest", b"one")
    created = repositories.tag("app", "latest")["createdTime"]
    second = _image(repositories, blobs, "latest", b"two")
    assert repositories.tag("app", "latest")["digest"] == second
    assert repositories.tag("app", "latest")["createdTime"] == created
    assert repositories.resolve("app", first).digest == first


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"not json", "MANIFEST_INVALID"),
        (b"[]", "MANIFEST_INVALID"),
        (b'{"schemaVersion": 1}', "MANIFEST_INVALID"),
        (b'{"schemaVersion": 2, "mediaType": "text/plain"}', "MANIFEST_INVALID"),
        (json.dumps({"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": {}}).encode(), "MANIFEST_INVALID"),
    ],
)
def test_bad_manifests(store: Store, blobs: BlobStore, content: bytes, code: str) -> None:
    with pytest.raises(RegistryError) as caught:
        _repositories(store, blobs).put_manifest("app", "1", None, content)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("limit", "last", "shown", "more"),
    [
        (None, None, ["a", "b", "c"], None),
        (2, None, ["a", "b"], "b"),
        (2, "b", ["c"], None),
        (3, None, ["a", "b", "c"], None),
        (0, None, [], None),
    ],
)
def test_pages(limit: int | None, last: str | None, shown: list[str], more: str | None) -> None:
    assert page(["a", "b", "c"], limit, last) == (shown, more)
