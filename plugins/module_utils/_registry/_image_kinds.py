# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a manifest is: an image, an index of images, or something that only lies beside images. Pure; private.

Nothing here goes by the names of tags: a signature is one by its media types, whatever it is called.
U(https://github.com/opencontainers/image-spec) says what the fields mean,
U(https://docs.docker.com/build/metadata/attestations/attestation-storage/) what BuildKit puts beside an image.
"""

from __future__ import annotations

import dataclasses
import re
import typing as t

Content = dict[str, t.Any]

_INDEXES = frozenset(
    {
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
    }
)
_CONFIGS = frozenset(
    {
        "application/vnd.oci.image.config.v1+json",
        "application/vnd.docker.container.image.v1+json",
    }
)
_LAYER = re.compile(
    r"application/vnd\.(oci\.image\.layer(\.nondistributable)?\.v1\.tar([+]\w+)?"
    r"|docker\.image\.rootfs(\.foreign)?\.diff\.tar(\.\w+)?)"
)
# Words that name what is found, by a part of one of its media types; the first that fits.
_NAMES = (
    ("vnd.in-toto", "an attestation"),
    ("cosign", "a signature"),
    ("cncf.notary", "a signature"),
    ("sigstore", "a signature"),
    ("cncf.helm", "a Helm chart"),
    ("spdx", "a bill of materials"),
    ("cyclonedx", "a bill of materials"),
)
_ATTACHED_TAG = re.compile(r"sha256-(?P<digest>[0-9a-f]{64})(\..*)?")


@dataclasses.dataclass(frozen=True)
class Platform:
    """What a program is built for; empty where a manifest does not say."""

    os: str
    architecture: str

    def __str__(self) -> str:
        return f"{self.os}/{self.architecture}"


@dataclasses.dataclass(frozen=True)
class Part:
    """One entry of an index."""

    digest: str
    platform: Platform | None


def problem_with_platform(value: str) -> str | None:
    """Return what is wrong with a platform such as C(linux/amd64), or None."""
    return None if re.fullmatch(r"[a-z0-9]+/[a-z0-9]+", value) else f"{value!r} is not of the form os/architecture"


def platform(value: str) -> Platform:
    """Return the platform of a checked text."""
    name, _slash, architecture = value.partition("/")
    return Platform(name, architecture)


def is_index(manifest: Content) -> bool:
    """Return whether a manifest lists others, for instance the same image for several platforms."""
    return manifest.get("mediaType") in _INDEXES or ("manifests" in manifest and "config" not in manifest)


def beside(manifest: Content) -> str | None:
    """Return in words what a manifest is, if it is neither an image nor an index of images; else None.

    What names a subject belongs to another image, and what names a type is not meant to be run.
    """
    config = str((manifest.get("config") or {}).get("mediaType") or "")
    layers = [str(one.get("mediaType") or "") for one in manifest.get("layers") or []]
    artifact = str(manifest.get("artifactType") or "")
    if is_index(manifest):
        kinds: list[str] = []
    else:
        kinds = [kind for kind in (config,) if kind not in _CONFIGS]
        kinds += [kind for kind in layers if not _LAYER.fullmatch(kind)]
        if not kinds and not layers and not artifact:
            return "a manifest without any content"
    if artifact:
        kinds.insert(0, artifact)
    subject = str((manifest.get("subject") or {}).get("digest") or "")
    if not kinds and not subject:
        return None
    known = (words for part, words in _NAMES for kind in (*kinds, *layers) if part in kind)
    what = next(known, f"an artefact of the type {kinds[0] or 'unknown'}" if kinds else "an artefact")
    return f"{what} that belongs to {subject[:19]}" if subject else what


def parts(index: Content) -> list[Part]:
    """Return the entries of an index that may be run: without attestations, whose platform is C(unknown)."""
    found = []
    for one in index.get("manifests") or []:
        told = one.get("platform") or {}
        if (one.get("annotations") or {}).get("vnd.docker.reference.type") or "unknown" in told.values():
            continue
        known = Platform(str(told["os"]), str(told["architecture"])) if {"os", "architecture"} <= told.keys() else None
        found.append(Part(str(one["digest"]), known))
    return found


def children(manifest: Content) -> list[str]:
    """Return the digests of everything an index lists, attestations too."""
    return [str(one["digest"]) for one in manifest.get("manifests") or []] if is_index(manifest) else []


def subject(manifest: Content) -> str | None:
    """Return the digest of what a manifest belongs to (OCI 1.1), or None."""
    return (manifest.get("subject") or {}).get("digest")


def signed_by_tag(tag: str) -> str | None:
    """Return the digest that a tag says its manifest belongs to, or None.

    Cosign names what it makes C(sha256-<digest>.sig), C(.att), C(.sbom); C(sha256-<digest>) is the list of referrers in
    registries that keep none themselves.
    """
    match = _ATTACHED_TAG.fullmatch(tag)
    return f"sha256:{match['digest']}" if match else None
