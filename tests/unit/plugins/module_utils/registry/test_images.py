"""Image references."""

from __future__ import annotations

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._registry._images import Image, parse, problem_with

DIGEST = "sha256:" + "0a" * 32


@pytest.mark.parametrize(
    ("reference", "image"),
    [
        ("acr.azurecr.io/codex-backend:1.2", Image("acr.azurecr.io", "codex-backend", "1.2", "")),
        ("127.77.0.1:5000/team/app:v1", Image("127.77.0.1:5000", "team/app", "v1", "")),
        (f"acr.azurecr.io/app@{DIGEST}", Image("acr.azurecr.io", "app", "", DIGEST)),
        (f"acr.azurecr.io/app:v1@{DIGEST}", Image("acr.azurecr.io", "app", "", DIGEST)),
        ("nginx", Image("", "nginx", "latest", "")),
        ("library/nginx:1", Image("", "library/nginx", "1", "")),
        ("localhost/app", Image("localhost", "app", "latest", "")),
    ],
)
def test_parts(reference: str, image: Image) -> None:
    assert parse(reference) == image


def test_a_digest_stands_for_the_tag() -> None:
    assert str(parse(f"acr.azurecr.io/app:v1@{DIGEST}")) == f"acr.azurecr.io/app@{DIGEST}"
    assert str(parse("acr.azurecr.io/app:v1")) == "acr.azurecr.io/app:v1"


@pytest.mark.parametrize(
    "reference",
    ["", "UPPER/case", "acr.azurecr.io/app:", "acr.azurecr.io/app@sha256:12", "a b", "app:-x", "app:" + "x" * 129],
)
def test_refuses(reference: str) -> None:
    problem = problem_with(reference)
    assert problem is not None
    assert "is not valid" in problem
