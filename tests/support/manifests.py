"""Manifests of every kind, pushed into a registry by its own protocol as Cosign, BuildKit, ORAS and Helm do."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import requests

from tests.support.waiting import PATIENCE_SECONDS

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"
EMPTY = "application/vnd.oci.empty.v1+json"

Manifest = dict[str, Any]


def digest_of(content: bytes) -> str:
    """The digest of a blob or a manifest."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def encode(manifest: Manifest) -> bytes:
    """The bytes that are pushed."""
    return json.dumps(manifest).encode()


def leaf(
    config_type: str,
    layer_types: list[str],
    *,
    media_type: str = OCI_MANIFEST,
    platform: str | None = None,
    salt: str = "",
    **more: Any,
) -> tuple[Manifest, list[bytes]]:
    """A manifest that names blobs, and these. `platform` is what its configuration says."""
    os, _, architecture = (platform or "").partition("/")
    config = json.dumps({"os": os, "architecture": architecture, "salt": salt} if platform else {}).encode()
    blobs = [config, *(f"{kind} {salt}".encode() for kind in layer_types)]
    parts = [
        {"mediaType": kind, "digest": digest_of(blob), "size": len(blob)}
        for kind, blob in zip([config_type, *layer_types], blobs, strict=True)
    ]
    return {"schemaVersion": 2, "mediaType": media_type, "config": parts[0], "layers": parts[1:], **more}, blobs


def descriptor(manifest: Manifest, platform: str | None = None, **more: Any) -> Manifest:
    """An entry of an index, or a subject."""
    content = encode(manifest)
    entry = {"mediaType": manifest["mediaType"], "digest": digest_of(content), "size": len(content), **more}
    if platform:
        os, _, architecture = platform.partition("/")
        entry["platform"] = {"os": os, "architecture": architecture}
    return entry


def index(*entries: Manifest, media_type: str = OCI_INDEX, **more: Any) -> Manifest:
    """A manifest that lists others."""
    return {"schemaVersion": 2, "mediaType": media_type, "manifests": list(entries), **more}


def image(platform: str = "linux/amd64", salt: str = "", **more: Any) -> tuple[Manifest, list[bytes]]:
    """An image as BuildKit makes it today."""
    return leaf(OCI_CONFIG, [OCI_LAYER], platform=platform, salt=salt, **more)


def signature(salt: str = "", **more: Any) -> tuple[Manifest, list[bytes]]:
    """What `cosign sign` pushes: to its configuration's type an image."""
    return leaf(OCI_CONFIG, ["application/vnd.dev.cosign.simplesigning.v1+json"], platform="/", salt=salt, **more)


def attestation(salt: str = "") -> tuple[Manifest, list[bytes]]:
    """What BuildKit puts beside an image in its index."""
    return leaf(OCI_CONFIG, ["application/vnd.in-toto+json"], platform="unknown/unknown", salt=salt)


def helm(salt: str = "") -> tuple[Manifest, list[bytes]]:
    """A chart, as `helm push` pushes it."""
    return leaf(
        "application/vnd.cncf.helm.config.v1+json", ["application/vnd.cncf.helm.chart.content.v1.tar+gzip"], salt=salt
    )


class Registry:
    """A registry with an admin user, spoken to without any client's help."""

    def __init__(self, server: str, username: str, password: str, ca_path: str) -> None:
        self.server = server
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.verify = ca_path
        self._session.auth = (username, password)

    def http(self, method: str, path: str, **options: Any) -> requests.Response:
        """One request."""
        return self._session.request(method, f"https://{self.server}{path}", timeout=PATIENCE_SECONDS, **options)

    def push(self, repository: str, reference: str | None, manifest: Manifest, blobs: list[bytes]) -> str:
        """Push a manifest under a tag, or without one; its digest."""
        for blob in blobs:
            where = self.http("POST", f"/v2/{repository}/blobs/uploads/").headers["Location"]
            answer = self.http("PUT", where, params={"digest": digest_of(blob)}, data=blob)
            assert answer.status_code == 201, answer.text
        content = encode(manifest)
        digest = digest_of(content)
        headers = {"Content-Type": manifest["mediaType"]}
        answer = self.http("PUT", f"/v2/{repository}/manifests/{reference or digest}", data=content, headers=headers)
        assert answer.status_code == 201, answer.text
        return digest

    def has(self, repository: str, reference: str) -> bool:
        """Whether there is such a manifest."""
        return self.http("HEAD", f"/v2/{repository}/manifests/{reference}").status_code == 200
