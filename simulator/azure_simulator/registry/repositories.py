"""Repositories of one registry: manifests, tags, and the attributes ACR keeps beside them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from azure_simulator.core.clock import Clock, isoformat
from azure_simulator.core.store import Document, Store
from azure_simulator.registry.blobs import BlobStore, check_digest, digest_of
from azure_simulator.registry.errors import (
    RegistryError,
    digest_invalid,
    locked,
    manifest_invalid,
    manifest_unknown,
    name_unknown,
)

_NAME = re.compile(r"^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$")
_TAG = re.compile(r"^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$")

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
IMAGES = (OCI_MANIFEST, DOCKER_MANIFEST)
INDEXES = (OCI_INDEX, DOCKER_LIST)

_MANIFESTS, _TAGS, _BLOBS, _REPOSITORIES = "registryManifests", "registryTags", "registryBlobs", "registryRepositories"
_ATTRIBUTES = ("deleteEnabled", "writeEnabled", "readEnabled", "listEnabled")
_UNLOCKED = dict.fromkeys(_ATTRIBUTES, True)


@dataclass(frozen=True)
class Manifest:
    """A stored manifest with its raw bytes (what the digest is of)."""

    digest: str
    media_type: str
    content: bytes

    def json(self) -> dict[str, Any]:
        value: dict[str, Any] = json.loads(self.content)
        return value


def check_repository(name: str) -> str:
    """NAME_INVALID unless it is a repository name."""
    if len(name) > 256 or not _NAME.match(name):
        raise RegistryError(400, "NAME_INVALID", "invalid repository name", {"name": name})
    return name


class Repositories:
    """What one registry holds. `registry_id` is its Azure resource id."""

    def __init__(self, store: Store, blobs: BlobStore, clock: Clock, registry_id: str) -> None:
        self._store = store
        self._blobs = blobs
        self._clock = clock
        self._registry = registry_id

    def _key(self, *parts: str) -> str:
        # Tags differ by case, the store's ids do not: mark capitals.
        return "|".join([self._registry, *(re.sub("[A-Z]", lambda match: f"^{match[0]}", part) for part in parts)])

    def _now(self) -> str:
        return isoformat(self._clock.now())

    # -- blobs -------------------------------------------------------------------------------------------------------

    def has_blob(self, repository: str, digest: str) -> bool:
        """Whether the repository may serve the blob."""
        return self._store.get(_BLOBS, self._key(repository, check_digest(digest))) is not None

    def link_blob(self, repository: str, digest: str, size: int) -> None:
        """Let the repository serve a blob that is stored."""
        self._store.put(_BLOBS, self._key(repository, digest), {"digest": digest, "size": size})

    def unlink_blob(self, repository: str, digest: str) -> bool:
        return self._store.delete(_BLOBS, self._key(repository, check_digest(digest)))

    def total_size(self) -> int:
        """Bytes of distinct blobs and manifests, as usage counts them."""
        sizes = {document.body["digest"]: int(document.body["size"]) for document in self._all(_BLOBS)}
        sizes |= {document.body["digest"]: int(document.body["size"]) for document in self._all(_MANIFESTS)}
        return sum(sizes.values())

    def _all(self, kind: str) -> list[Document]:
        return self._store.list(kind, f"{self._registry}|")

    # -- manifests ---------------------------------------------------------------------------------------------------

    def put_manifest(
        self, repository: str, reference: str, media_type: str | None, content: bytes
    ) -> tuple[str, str | None]:
        """Store a manifest under a tag or its digest; the digest, and the digest of its subject if it names one."""
        check_repository(repository)
        digest = digest_of(content)
        tag = None
        if reference.startswith("sha256:"):
            if check_digest(reference) != digest:
                raise digest_invalid("provided digest did not match uploaded content")
        else:
            tag = self._check_tag(reference)
        manifest = self._parse(repository, media_type, content)
        self._writable(repository, digest, tag)
        self._blobs.write(content)
        now = self._now()
        with self._store.transaction():
            self._touch(repository, now)
            key = self._key(repository, digest)
            if self._store.get(_MANIFESTS, key) is None:
                self._store.put(_MANIFESTS, key, self._describe(digest, manifest, content, now))
            if tag is not None:
                self._set_tag(repository, tag, digest, now)
        return digest, (manifest.get("subject") or {}).get("digest")

    def _parse(self, repository: str, media_type: str | None, content: bytes) -> dict[str, Any]:
        try:
            manifest = json.loads(content)
        except ValueError as error:
            raise manifest_invalid(f"manifest is not JSON: {error}") from error
        if not isinstance(manifest, dict) or manifest.get("schemaVersion") != 2:
            raise manifest_invalid("schemaVersion must be 2")
        kind = manifest.get("mediaType") or media_type
        if kind not in (*IMAGES, *INDEXES):
            raise manifest_invalid(f"unsupported manifest media type '{kind}'")
        if media_type and media_type != kind:
            raise manifest_invalid(f"mediaType '{kind}' differs from Content-Type '{media_type}'")
        manifest["mediaType"] = kind
        missing: list[str] = []
        try:
            if kind in IMAGES:
                for part in (manifest["config"], *manifest["layers"]):
                    if not part.get("urls") and not self.has_blob(repository, part["digest"]):
                        missing.append(part["digest"])
            else:
                missing += [
                    part["digest"]
                    for part in manifest["manifests"]
                    if not self._has_manifest(repository, part["digest"])
                ]
        except (KeyError, TypeError, AttributeError) as error:
            raise manifest_invalid(f"manifest lacks a descriptor: {error}") from error
        if missing:
            detail = [{"digest": digest} for digest in missing]
            raise RegistryError(404, "MANIFEST_BLOB_UNKNOWN", "manifest references unknown blob(s)", detail)
        return manifest

    def _describe(self, digest: str, manifest: dict[str, Any], content: bytes, now: str) -> dict[str, Any]:
        body: dict[str, Any] = {
            "digest": digest,
            "mediaType": manifest["mediaType"],
            "size": len(content),
            "createdTime": now,
            "lastUpdateTime": now,
            "changeableAttributes": dict(_UNLOCKED),
        }
        if manifest["mediaType"] in IMAGES:
            config = manifest["config"]
            body["imageSize"] = len(content) + sum(int(part.get("size", 0)) for part in (config, *manifest["layers"]))
            body["configMediaType"] = config.get("mediaType")
            body |= self._platform(config["digest"])
        else:
            body["imageSize"] = len(content)
            body["references"] = [
                {
                    "digest": part["digest"],
                    "architecture": (part.get("platform") or {}).get("architecture"),
                    "os": (part.get("platform") or {}).get("os"),
                }
                for part in manifest["manifests"]
            ]
        for name in ("artifactType", "annotations"):
            if manifest.get(name):
                body[name] = manifest[name]
        if manifest.get("subject"):
            body["subject"] = manifest["subject"]["digest"]
        return body

    def _platform(self, config_digest: str) -> dict[str, str]:
        try:
            config = json.loads(self._blobs.read(config_digest))
        except (ValueError, FileNotFoundError):
            return {}  # artifacts have configs that are no image configs
        if not isinstance(config, dict):
            return {}
        return {name: config[name] for name in ("architecture", "os") if isinstance(config.get(name), str)}

    def _has_manifest(self, repository: str, digest: str) -> bool:
        return self._store.get(_MANIFESTS, self._key(repository, check_digest(digest))) is not None

    def resolve(self, repository: str, reference: str) -> Manifest:
        """The manifest of a tag or digest; NAME_UNKNOWN or MANIFEST_UNKNOWN."""
        document = self.manifest_document(repository, reference)
        if not document["changeableAttributes"]["readEnabled"]:
            raise locked(f"{repository}@{document['digest']}")
        return Manifest(document["digest"], document["mediaType"], self._blobs.read(document["digest"]))

    def manifest_document(self, repository: str, reference: str) -> dict[str, Any]:
        """What is recorded about a manifest, found by tag or digest."""
        self.require(repository)
        digest = reference
        if not reference.startswith("sha256:"):
            tag = self._store.get(_TAGS, self._key(repository, reference))
            if tag is None:
                raise manifest_unknown(reference)
            digest = tag.body["digest"]
        document = self._store.get(_MANIFESTS, self._key(repository, check_digest(digest)))
        if document is None:
            raise manifest_unknown(reference)
        return document.body

    def delete_manifest(self, repository: str, digest: str) -> None:
        """Delete a manifest with its tags and all that names it as its subject.

        The repository forgets blobs no other manifest of it names.
        """
        document = self.manifest_document(repository, check_digest(digest))
        if not document["changeableAttributes"]["deleteEnabled"]:
            raise locked(f"{repository}@{digest}")
        tags = [tag for tag in self.tags(repository) if tag["digest"] == digest]
        for tag in tags:
            if not tag["changeableAttributes"]["deleteEnabled"]:
                raise locked(f"{repository}:{tag['name']}")
        # https://learn.microsoft.com/azure/container-registry/container-registry-manage-artifact
        for referrer in self.referrers(repository, digest):
            if self._has_manifest(repository, referrer["digest"]):
                self.delete_manifest(repository, referrer["digest"])
        with self._store.transaction():
            for tag in tags:
                self._store.delete(_TAGS, self._key(repository, tag["name"]))
            orphans = self._blobs_of(digest)
            self._store.delete(_MANIFESTS, self._key(repository, digest))
            for manifest in self.manifests(repository):
                orphans -= self._blobs_of(manifest["digest"])
            for orphan in orphans:
                self._store.delete(_BLOBS, self._key(repository, orphan))
            self._touch(repository, self._now())

    def _blobs_of(self, digest: str) -> set[str]:
        """The blobs a stored manifest names."""
        manifest = json.loads(self._blobs.read(digest))
        parts = [manifest["config"], *manifest["layers"]] if "layers" in manifest else []
        return {str(part["digest"]) for part in parts}

    def manifests(self, repository: str) -> list[dict[str, Any]]:
        """All manifests of a repository, with their tags."""
        self.require(repository)
        by_digest: dict[str, list[str]] = {}
        for tag in self.tags(repository):
            by_digest.setdefault(tag["digest"], []).append(tag["name"])
        found = self._store.list(_MANIFESTS, f"{self._key(repository)}|")
        return [{**document.body, "tags": by_digest.get(document.body["digest"], [])} for document in found]

    def referrers(self, repository: str, digest: str) -> list[dict[str, Any]]:
        """Descriptors of the manifests whose subject is `digest`; none for an unknown one, as specified."""
        descriptors = []
        for document in self._store.list(_MANIFESTS, f"{self._key(repository)}|"):
            body = document.body
            if body.get("subject") == check_digest(digest):
                kind = body.get("artifactType") or body.get("configMediaType")
                descriptor = {"mediaType": body["mediaType"], "digest": body["digest"], "size": body["size"]}
                if kind:
                    descriptor["artifactType"] = kind
                if body.get("annotations"):
                    descriptor["annotations"] = body["annotations"]
                descriptors.append(descriptor)
        return descriptors

    # -- tags --------------------------------------------------------------------------------------------------------

    def tags(self, repository: str) -> list[dict[str, Any]]:
        """All tags with digest and dates, in the order of their names."""
        documents = self._store.list(_TAGS, f"{self._key(repository)}|")
        return sorted((document.body for document in documents), key=lambda body: str(body["name"]))

    def tag(self, repository: str, name: str) -> dict[str, Any]:
        """One tag, or TAG_UNKNOWN as ACR says it."""
        self.require(repository)
        document = self._store.get(_TAGS, self._key(repository, name))
        if document is None:
            raise RegistryError(404, "TAG_UNKNOWN", "the specified tag does not exist", {"name": name})
        return document.body

    def delete_tag(self, repository: str, name: str) -> None:
        """Remove the tag; its manifest stays."""
        if not self.tag(repository, name)["changeableAttributes"]["deleteEnabled"]:
            raise locked(f"{repository}:{name}")
        with self._store.transaction():
            self._store.delete(_TAGS, self._key(repository, name))
            self._touch(repository, self._now())

    def _check_tag(self, tag: str) -> str:
        if not _TAG.match(tag):
            raise RegistryError(400, "TAG_INVALID", "manifest tag did not match URI", {"tag": tag})
        return tag

    def _set_tag(self, repository: str, name: str, digest: str, now: str) -> None:
        key = self._key(repository, name)
        old = self._store.get(_TAGS, key)
        created = old.body["createdTime"] if old else now
        attributes = old.body["changeableAttributes"] if old else dict(_UNLOCKED)
        if old is not None and old.body["digest"] == digest:
            return
        body = {
            "name": name,
            "digest": digest,
            "createdTime": created,
            "lastUpdateTime": now,
            "signed": False,
            "changeableAttributes": attributes,
        }
        self._store.put(_TAGS, key, body)

    def _writable(self, repository: str, digest: str, tag: str | None) -> None:
        for kind, name in ((_REPOSITORIES, None), (_MANIFESTS, digest), (_TAGS, tag)):
            if kind != _REPOSITORIES and name is None:
                continue
            document = self._store.get(kind, self._key(repository, name) if name else self._key(repository))
            if document is not None and not document.body["changeableAttributes"]["writeEnabled"]:
                raise locked(f"{repository}{f':{tag}' if tag else ''}")

    # -- repositories ------------------------------------------------------------------------------------------------

    def require(self, repository: str) -> dict[str, Any]:
        """What is recorded about a repository, or NAME_UNKNOWN."""
        document = self._store.get(_REPOSITORIES, self._key(check_repository(repository)))
        if document is None:
            raise name_unknown(repository)
        return document.body

    def names(self) -> list[str]:
        return sorted(str(document.body["imageName"]) for document in self._all(_REPOSITORIES))

    def properties(self, repository: str) -> dict[str, Any]:
        """A repository as `/acr/v1/{name}` shows it, without the registry's name."""
        body = self.require(repository)
        manifests = self._store.list(_MANIFESTS, f"{self._key(repository)}|")
        return {**body, "manifestCount": len(manifests), "tagCount": len(self.tags(repository))}

    def delete_repository(self, repository: str) -> tuple[list[str], list[str]]:
        """Delete everything in it; the digests and tags that are gone."""
        if not self.require(repository)["changeableAttributes"]["deleteEnabled"]:
            raise locked(repository)
        digests = [str(manifest["digest"]) for manifest in self.manifests(repository)]
        tags = [str(tag["name"]) for tag in self.tags(repository)]
        with self._store.transaction():
            for kind in (_TAGS, _MANIFESTS, _BLOBS):
                self._drop(kind, f"{self._key(repository)}|")
            self._store.delete(_REPOSITORIES, self._key(repository))
        return digests, tags

    def change(self, kind: str, repository: str, name: str | None, wanted: dict[str, Any]) -> None:
        """Set locks (`changeableAttributes`) of a repository, manifest or tag."""
        unknown = set(wanted) - set(_ATTRIBUTES)
        if unknown or not all(isinstance(value, bool) for value in wanted.values() if value is not None):
            raise RegistryError(400, "INVALID_REQUEST", "attributes are booleans of: " + ", ".join(_ATTRIBUTES))
        table = {"repository": _REPOSITORIES, "manifest": _MANIFESTS, "tag": _TAGS}[kind]
        key = self._key(repository, name) if name else self._key(repository)
        document = self._store.get(table, key)
        if document is None:
            raise name_unknown(repository) if kind == "repository" else manifest_unknown(name or "")
        document.body["changeableAttributes"] |= {key: value for key, value in wanted.items() if value is not None}
        document.body["lastUpdateTime"] = self._now()
        self._store.put(table, document.id, document.body)

    def clear(self) -> None:
        """The registry is deleted: forget all of it."""
        with self._store.transaction():
            for kind in (_TAGS, _MANIFESTS, _BLOBS, _REPOSITORIES):
                self._drop(kind, f"{self._registry}|")

    def _drop(self, kind: str, prefix: str) -> None:
        for document in self._store.list(kind, prefix):
            self._store.delete(kind, document.id)

    def _touch(self, repository: str, now: str) -> None:
        key = self._key(repository)
        old = self._store.get(_REPOSITORIES, key)
        body = (
            old.body if old else {"imageName": repository, "createdTime": now, "changeableAttributes": dict(_UNLOCKED)}
        )
        body["lastUpdateTime"] = now
        self._store.put(_REPOSITORIES, key, body)


def sweep(store: Store, blobs: BlobStore) -> None:
    """Delete the files no repository of any registry refers to. Only while nobody pushes: at the start."""
    kept = {str(document.body["digest"]) for kind in (_MANIFESTS, _BLOBS) for document in store.list(kind)}
    blobs.sweep(kept)


def page(names: Iterable[str], limit: int | None, last: str | None) -> tuple[list[str], str | None]:
    """The names after `last`, at most `limit`; and the last one when there are more."""
    rest = [name for name in names if last is None or name > last]
    if limit is None or len(rest) <= limit:
        return rest, None
    shown = rest[:limit]
    return shown, (shown[-1] if shown else None)
