"""Projects of frontends: what is wrong with them, and what tells one state of them from another."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._frontend._project import Project
from tests.support.frontend import PROJECT


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the small project."""
    return Path(shutil.copytree(PROJECT, tmp_path / "project"))


def rewrite(path: Path, **changes: Any) -> None:
    """Change entries of a JSON file; None removes one."""
    content = json.loads(path.read_text(encoding="utf-8")) | changes
    kept = {name: value for name, value in content.items() if value is not None}
    path.write_text(json.dumps(kept), encoding="utf-8")


def refusal(folder: Path) -> str:
    """Return why a project cannot be built, with the code; an empty string where it can."""
    try:
        Project(folder).require_build()
    except OperationsError as error:
        return f"{error.code}: {error}"
    return ""


def test_a_project_that_is_whole_is_taken(folder: Path) -> None:
    assert refusal(folder) == ""
    assert Project(folder).engines == ">=18"


def test_what_is_no_project_is_refused(tmp_path: Path, folder: Path) -> None:
    assert "does not exist" in refusal(tmp_path / "nowhere")
    (folder / "package.json").unlink()
    assert "holds no package.json" in refusal(folder)
    (folder / "package.json").write_text("{", encoding="utf-8")
    assert "cannot be read" in refusal(folder)
    (folder / "package.json").write_text("[]", encoding="utf-8")
    assert "no JSON object" in refusal(folder)


def test_a_script_to_build_with_is_needed(folder: Path) -> None:
    rewrite(folder / "package.json", scripts={"dev": "next dev"})
    assert "no script build" in refusal(folder)


@pytest.mark.parametrize("other", ["", "yarn.lock", "pnpm-lock.yaml"])
def test_a_lock_is_needed_and_it_has_to_be_npms(folder: Path, other: str) -> None:
    (folder / "package-lock.json").unlink()
    if other:
        (folder / other).write_text("", encoding="utf-8")
    said = refusal(folder)
    assert said.startswith("LockMissing") and ("which npm does not read" in said) is bool(other)


@pytest.mark.parametrize(
    ("wanted", "locked", "words"),
    [
        ({"next": "15.5.29"}, {}, "next is not there instead of 15.5.29"),
        ({"next": "15.5.29"}, {"next": "15.5.28"}, "next is 15.5.28 instead of 15.5.29"),
        ({}, {"next": "15.5.28"}, "next is 15.5.28 instead of removed"),
        ({"next": "1", "next-intl": "2"}, {"next": "1"}, "next-intl is not there"),
    ],
)
@pytest.mark.parametrize("kind", ["dependencies", "devDependencies"])
def test_a_stale_lock_names_what_differs(
    folder: Path, kind: str, wanted: dict[str, str], locked: dict[str, str], words: str
) -> None:
    rewrite(folder / "package.json", **{kind: wanted})
    rewrite(folder / "package-lock.json", packages={"": {kind: locked}})
    assert refusal(folder).startswith("LockStale") and words in refusal(folder)


def test_what_lies_outside_of_the_project_cannot_be_built_with_it(folder: Path) -> None:
    rewrite(folder / "package-lock.json", packages={"": {}, "../shared": {"version": "1.0.0"}})
    assert "../shared" in refusal(folder)


def test_the_digest_knows_sources_and_environment_and_nothing_that_was_made(folder: Path) -> None:
    def digest(**environment: str) -> str:
        return Project(folder).digest(environment)

    before = digest(A="1")
    for made in ("node_modules/x/index.js", ".next/cache/y", "out/index.html", "src/node_modules/z.js", ".git/HEAD"):
        (folder / made).parent.mkdir(parents=True, exist_ok=True)
        (folder / made).write_text("made", encoding="utf-8")
    assert digest(A="1") == before
    seen = {before, digest(), digest(A="2"), digest(B="1"), digest(A="1", B="")}
    assert len(seen) == 5
    for path, text in (("app.js", "x"), ("build/tool.js", "x"), ("app.js", "y"), (".env.local", "A=1")):
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
        assert digest(A="1") not in seen
        seen.add(digest(A="1"))
    (folder / "app.js").rename(folder / "app2.js")
    assert digest(A="1") not in seen


def test_values_that_run_into_each_other_are_told_apart(folder: Path) -> None:
    project = Project(folder)
    assert project.digest({"A": "1", "B": "2"}) != project.digest({"A": "1B=2"})


def test_links_are_followed_to_files_only(folder: Path, tmp_path: Path) -> None:
    (folder / "real.js").write_text("x", encoding="utf-8")
    (folder / "link.js").symlink_to("real.js")
    assert "link.js" in Project(folder).files()
    (folder / "broken.js").symlink_to("nowhere.js")
    with pytest.raises(OperationsError, match="leads nowhere"):
        Project(folder).files()
    (folder / "broken.js").unlink()
    (folder / "shared").symlink_to(tmp_path)
    with pytest.raises(OperationsError, match="link to a directory"):
        Project(folder).files()
