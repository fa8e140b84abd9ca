"""What a build leaves: found, refused where it needs a server, held against the limits."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._frontend import _export


def page(folder: Path, text: str = "page") -> Path:
    """Make a folder with a start page."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "index.html").write_text(text, encoding="utf-8")
    return folder


def next_says(folder: Path, **configuration: str) -> None:
    """Leave what Next.js leaves about its configuration."""
    (folder / ".next").mkdir()
    content = {"config": {"configFileName": "next.config.mjs", **configuration}}
    (folder / ".next" / "required-server-files.json").write_text(json.dumps(content), encoding="utf-8")


def code(call: object) -> str:
    """Return the code of the failure of a call."""
    with pytest.raises(OperationsError) as caught:
        call()  # type: ignore[operator]
    return caught.value.code


@pytest.mark.parametrize("name", ["out", "dist", "build", "public-site"])
def test_the_folder_that_has_come_of_the_build_is_found(tmp_path: Path, name: str) -> None:
    page(tmp_path / name)
    page(tmp_path / "public")
    page(tmp_path / "node_modules")
    assert _export.find(tmp_path, ["public/index.html", "package.json"], None) == tmp_path / name


def test_a_named_folder_is_taken_and_no_other(tmp_path: Path) -> None:
    page(tmp_path / "out")
    page(tmp_path / "packages" / "web" / "out")
    assert _export.find(tmp_path, [], "packages/web/out") == tmp_path / "packages" / "web" / "out"
    assert code(lambda: _export.find(tmp_path, [], "dist")) == "OutputMissing"


def test_none_and_several_are_no_choice(tmp_path: Path) -> None:
    assert code(lambda: _export.find(tmp_path, [], None)) == "OutputMissing"
    page(tmp_path / "out")
    page(tmp_path / "storybook")
    assert code(lambda: _export.find(tmp_path, [], None)) == "OutputAmbiguous"


@pytest.mark.parametrize("configuration", [{}, {"output": "standalone"}])
def test_a_hybrid_build_is_refused_with_the_line_that_makes_it_static(
    tmp_path: Path, configuration: dict[str, str]
) -> None:
    next_says(tmp_path, **configuration)
    sources = ["app/api/time/route.ts", "middleware.ts", "app/page.js"]
    with pytest.raises(OperationsError) as caught:
        _export.find(tmp_path, sources, None)
    assert caught.value.code == "HybridBuild"
    assert 'Add one line to next.config.mjs: output: "export"' in str(caught.value)
    assert "middleware and route handlers" in str(caught.value)


def test_an_exported_build_of_next_is_none(tmp_path: Path) -> None:
    next_says(tmp_path, output="export")
    page(tmp_path / "out")
    assert _export.find(tmp_path, [], None) == tmp_path / "out"


def test_the_digest_is_that_of_the_files_without_the_marker(tmp_path: Path) -> None:
    site = page(tmp_path / "out")
    before = _export.read(site)
    (site / _export.MARKER).write_text("{}", encoding="utf-8")
    assert _export.read(site) == before
    (site / "index.html").rename(site / "other.html")
    assert _export.read(site).digest != before.digest
    (site / "link.html").symlink_to("other.html")
    assert code(lambda: _export.read(site)) == "OutputUnusable"


@pytest.mark.parametrize(
    ("megabytes", "files", "sku", "expected"),
    [
        (250, 1, "Free", ""),
        (251, 1, "Free", "SiteTooLarge"),
        (251, 1, "Standard", ""),
        (501, 1, "Standard", "SiteTooLarge"),
        (251, 1, "Dedicated", "SiteTooLarge"),
        (1, 15000, "Free", ""),
        (1, 15001, "Standard", "TooManyFiles"),
        (0, 1, "Free", "OutputEmpty"),
    ],
)
def test_the_limits_of_the_plan(megabytes: int, files: int, sku: str, expected: str) -> None:
    content = _export.Content({str(number): "0" for number in range(files)}, megabytes << 20)
    if expected:
        assert code(lambda: _export.refuse_excess(content, sku)) == expected
    else:
        _export.refuse_excess(content, sku)
