"""Why an image was not built or pushed, in the words of Docker, of Podman, of BuildKit and of a registry's task."""

from __future__ import annotations

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._registry import _build_failure

BUILD = {
    "creating build container: initializing source docker://nosuch/none:1: pinging": "BaseImageUnavailable",
    "pull access denied for none, repository does not exist or may require 'docker login'": "BaseImageUnavailable",
    "manifest for python:99 not found: manifest unknown: manifest unknown": "BaseImageUnavailable",
    "python:99: failed to resolve source metadata for docker.io/library/python:99: not found": "BaseImageUnavailable",
    "Error response from daemon: Get https://registry-1.docker.io/v2/: canceled": "BaseImageUnavailable",
    "toomanyrequests: You have reached your pull rate limit": "BaseImageUnavailable",
    'short-name "x" did not resolve to an alias and no search registries are defined': "BaseImageUnavailable",
    "Dockerfile line 1: base image python:3.12 cannot be pulled: without Podman only scratch": "BaseImageUnavailable",
    "dockerfile parse error line 3: unknown instruction: COPIE": "DockerfileInvalid",
    "failed to reach build target none in Dockerfile": "DockerfileInvalid",
    'The target "none" was not found in the provided Dockerfile': "DockerfileInvalid",
    "COPY failed: file not found in build context or excluded by .dockerignore: stat none": "SourceFileMissing",
    'building at STEP "COPY nothing /": checking on sources under "/x": copier: stat: "/nothing"': "SourceFileMissing",
    "the --mount option requires BuildKit. Refer to https://docs.docker.com/go/buildkit/": "BuildKitNeeded",
    "write /var/lib/docker/x: no space left on device": "BuilderFull",
    "The command '/bin/sh -c false' returned a non-zero code: 1": "BuildFailed",
    'building at STEP "RUN echo not found": while running runtime: exit status 127': "BuildFailed",
    "something nobody has seen yet": "BuildFailed",
}
PUSH = {
    "unauthorized: authentication required, visit https://aka.ms/acr/authorization": "PushRefused",
    "denied: requested access to the resource is denied": "PushRefused",
    "unsupported: The operation is disallowed on this registry, repository or image.": "RegistryReadOnly",
    "The operation is unsupported: codex-backend:one is locked.": "RegistryReadOnly",
    "denied: The registry has reached its storage limit": "RegistryFull",
    "received unexpected HTTP status: 507 Insufficient Storage": "RegistryFull",
    'Get "https://x/v2/": x509: certificate signed by unknown authority': "RegistryNotTrusted",
    'Get "https://x/v2/": dial tcp 127.0.0.1:5999: connect: connection refused': "RegistryUnreachable",
    "something nobody has seen yet": "PushFailed",
}


@pytest.mark.parametrize(("said", "code"), BUILD.items())
def test_a_build_that_fails_is_told_by_its_cause(said: str, code: str) -> None:
    error = _build_failure.of_build(f"{said}\n", [f"line {number}\n" for number in range(30)])
    assert error.code == code and error.remedy
    assert "\n" not in str(error) and error.details["log"][-1] == "line 29"
    assert len(error.details["log"]) == _build_failure.LAST


@pytest.mark.parametrize(("said", "code"), PUSH.items())
def test_a_push_that_fails_is_told_by_its_cause(said: str, code: str) -> None:
    error = _build_failure.of_push(said, "x/codex-backend:one")
    assert error.code == code and error.remedy and str(error).startswith("x/codex-backend:one was not pushed")


def test_the_last_word_of_a_log_is_what_went_wrong() -> None:
    log = [
        "Step 1/1 : FROM python:99",
        "manifest for python:99 not found: manifest unknown: manifest unknown",
        "2026/02/17 23:39:57 Container failed during run: build. No retries remaining.",
        "failed to run step ID: build: exit status 1",
        "",
        "Run ID: ch2 failed after 5s. Error: failed during run, err: exit status 1",
    ]
    assert _build_failure.last_word(log) == log[1]
    assert _build_failure.last_word(["one", "two"]) == "two"
    assert _build_failure.last_word([]) == ""
