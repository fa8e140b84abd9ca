"""What a manifest is, by its media types: never by what its tag is called."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._registry import _image_kinds as kinds
from tests.support import manifests as made

SUBJECT = "sha256:" + "0a" * 32
SPDX = "application/spdx+json"
COSIGN = "application/vnd.dev.cosign.simplesigning.v1+json"

IMAGES: dict[str, dict[str, Any]] = {
    "of BuildKit": made.image()[0],
    "of Docker": made.leaf(made.DOCKER_CONFIG, [made.DOCKER_LAYER], media_type=made.DOCKER_MANIFEST)[0],
    "with a layer that is not compressed": made.leaf(made.OCI_CONFIG, ["application/vnd.oci.image.layer.v1.tar"])[0],
    "with zstd": made.leaf(made.OCI_CONFIG, ["application/vnd.oci.image.layer.v1.tar+zstd"])[0],
    "with foreign layers": made.leaf(
        made.DOCKER_CONFIG, ["application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", made.DOCKER_LAYER]
    )[0],
    "with annotations": made.image(annotations={"org.opencontainers.image.source": "cosign helm spdx"})[0],
    "of ORAS, with a null for what it leaves out": made.image(subject=None, artifactType=None, annotations=None)[0],
}
BESIDE: dict[str, tuple[dict[str, Any], str]] = {
    "signature of Cosign": (made.signature()[0], "a signature"),
    "signature of Cosign 3": (
        made.leaf(made.EMPTY, ["application/vnd.dev.sigstore.bundle.v0.3+json"], subject={"digest": SUBJECT})[0],
        f"a signature that belongs to {SUBJECT[:19]}",
    ),
    "signature of Notation": (
        made.leaf(made.EMPTY, ["application/jose+json"], artifactType="application/vnd.cncf.notary.signature")[0],
        "a signature",
    ),
    "attestation of BuildKit": (made.attestation()[0], "an attestation"),
    "attestation of Cosign": (made.leaf(made.OCI_CONFIG, ["application/vnd.dsse.envelope.v1+json"])[0], "an artefact"),
    "bill of materials": (made.leaf(made.OCI_CONFIG, ["text/spdx+json"])[0], "a bill of materials"),
    "bill of materials of ORAS": (made.leaf(made.EMPTY, [SPDX], artifactType=SPDX)[0], "a bill of materials"),
    "Helm chart": (made.helm()[0], "a Helm chart"),
    "file of ORAS": (made.leaf(made.EMPTY, ["text/plain"])[0], "an artefact of the type application/vnd.oci.empty"),
    "WebAssembly": (made.leaf("application/vnd.wasm.config.v0+json", ["application/wasm"])[0], "an artefact"),
    "image with a signature's layer": (made.leaf(made.OCI_CONFIG, [made.OCI_LAYER, COSIGN])[0], "a signature"),
    "image made for another": (made.image(subject={"digest": SUBJECT})[0], "an artefact that belongs to"),
    "image with a type": (made.image(artifactType="text/x")[0], "an artefact of the type text/x"),
    "nothing": (made.leaf(made.OCI_CONFIG, [])[0], "a manifest without any content"),
    "index for another": (made.index(subject={"digest": SUBJECT}), "an artefact that belongs to"),
    "index with a type": (made.index(artifactType="text/x"), "an artefact of the type text/x"),
}


@pytest.mark.parametrize("name", IMAGES)
def test_images(name: str) -> None:
    assert kinds.beside(IMAGES[name]) is None
    assert not kinds.is_index(IMAGES[name])


@pytest.mark.parametrize("name", BESIDE)
def test_what_lies_beside(name: str) -> None:
    manifest, words = BESIDE[name]
    found = kinds.beside(manifest)
    assert found is not None and found.startswith(words)


def test_the_parts_of_an_index_are_those_that_run() -> None:
    one, other, attestation = made.image()[0], made.image("linux/arm64")[0], made.attestation()[0]
    reference = {"vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": SUBJECT}
    index = made.index(
        made.descriptor(one, "linux/amd64"),
        made.descriptor(other, "linux/arm64"),
        made.descriptor(attestation, "unknown/unknown"),
        made.descriptor(attestation, "linux/amd64", annotations=reference),
        made.descriptor(one),
    )
    assert kinds.is_index(index)
    assert [str(part.platform) for part in kinds.parts(index)] == ["linux/amd64", "linux/arm64", "None"]
    assert len(kinds.children(index)) == 5


@pytest.mark.parametrize(
    ("tag", "digest"),
    [
        (f"sha256-{'0a' * 32}.sig", SUBJECT),
        (f"sha256-{'0a' * 32}.att", SUBJECT),
        (f"sha256-{'0a' * 32}.sbom", SUBJECT),
        (f"sha256-{'0a' * 32}", SUBJECT),
        (f"sha256-{'0a' * 31}.sig", None),
        (f"sha256-{'0A' * 32}.sig", None),
        (f"v1-sha256-{'0a' * 32}.sig", None),
        ("release.sig", None),
        ("latest", None),
    ],
)
def test_tags_of_cosign(tag: str, digest: str | None) -> None:
    assert kinds.signed_by_tag(tag) == digest


@pytest.mark.parametrize(
    ("value", "good"), [("linux/amd64", True), ("linux", False), ("linux/arm/v7", False), ("", False)]
)
def test_platforms(value: str, good: bool) -> None:
    assert (kinds.problem_with_platform(value) is None) == good
