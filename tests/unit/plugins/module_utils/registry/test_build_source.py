"""What is built, which commit it is, and what of it a builder gets."""

from __future__ import annotations

import os
import tarfile
from pathlib import Path

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._registry import _build_source
from ansible_collections.codexdominion.azure.plugins.module_utils._registry._build_source import Revision
from tests.support.building import Source

COMMIT = "4f2a9c1" * 5 + "4f2a9"
CLEAN, DIRTY = Revision(COMMIT), Revision(COMMIT, ("a", "b", "c", "d"))


@pytest.mark.parametrize(
    ("revision", "named", "expected", "is_commit"),
    [
        (CLEAN, "", COMMIT, True),
        (CLEAN, "1.2", "1.2", False),
        (DIRTY, "", f"{COMMIT}-dirty", False),
        (DIRTY, "1.2", "1.2-dirty", False),
        (Revision(""), "1.2", "1.2", False),
    ],
)
def test_the_tag_says_what_is_built(revision: Revision, named: str, expected: str, is_commit: bool) -> None:
    assert _build_source.tag(revision, named, "/source", allow_dirty=True) == (expected, is_commit)


@pytest.mark.parametrize(
    ("revision", "named", "code"),
    [
        (DIRTY, "", "SourceNotCommitted"),
        (DIRTY, "1.2", "SourceNotCommitted"),
        (Revision(""), "", "BuildTagMissing"),
        (CLEAN, "a" * 129, "BuildTagInvalid"),
    ],
)
def test_what_no_tag_can_tell_is_refused(revision: Revision, named: str, code: str) -> None:
    with pytest.raises(OperationsError) as found:
        _build_source.tag(revision, named, "/source", allow_dirty=False)
    assert found.value.code == code and found.value.remedy


def test_files_that_are_not_as_committed_are_named() -> None:
    with pytest.raises(OperationsError, match=r"a, b, c and 1 more"):
        _build_source.tag(DIRTY, "", "/source", allow_dirty=False)


def test_git_says_which_commit_a_directory_is_and_is_not_written_to(tmp_path: Path) -> None:
    source = Source(tmp_path / "source")
    assert _build_source.revision(source.folder) == Revision("")  # no commit yet
    source.write(".gitignore", "*.log\n")
    (source.folder / "part").mkdir()
    source.write("part/file name", "1\n")
    commit = source.commit()
    source.write("ignored.log", "1\n")
    part = source.folder / "part"
    index = source.folder / ".git" / "index"
    os.utime(source.folder / "one.txt")  # git would note that in its index
    before = index.read_bytes()
    assert _build_source.revision(source.folder) == Revision(commit)
    assert index.read_bytes() == before
    source.write("two.txt", "changed\n")
    assert _build_source.revision(source.folder) == Revision(commit, ("two.txt",))
    assert _build_source.revision(part) == Revision(commit), "what is beside the directory is not built"
    source.write("part/file name", "2\n")
    source.write("part/née", "new\n")
    assert set(_build_source.revision(part).changed) == {"part/file name", "part/née"}
    outside = tmp_path / "outside"
    outside.mkdir()
    assert _build_source.revision(outside) == Revision("")


@pytest.mark.parametrize("compressed", [False, True])
def test_an_archive_has_what_dockerignore_leaves(tmp_path: Path, compressed: bool) -> None:
    source = Source(tmp_path / "source")
    source.write(".dockerignore", "# a comment\n\nsecret.txt\n**/*.pyc\nlogs\n!logs/keep\nDockerfile\n")
    (source.folder / "logs").mkdir()
    (source.folder / "deep").mkdir()
    for name in ("logs/gone", "logs/keep", "deep/a.pyc", "deep/a.py"):
        source.write(name, "1\n")
    packed = _build_source.pack(source.folder, "Dockerfile", compressed=compressed)
    with packed as archive, tarfile.open(fileobj=archive, mode="r:gz" if compressed else "r:") as tar:
        names = {name for name in tar.getnames() if not name.startswith(".git/")}
    assert {"Dockerfile", "one.txt", "deep/a.py", "logs/keep"} <= names
    assert not {"secret.txt", "logs/gone", "deep/a.pyc"} & names


@pytest.mark.parametrize(
    ("context", "dockerfile", "code"),
    [
        ("none", "Dockerfile", "BuildContextMissing"),
        (".", "none", "DockerfileMissing"),
        ("in", "../Dockerfile", "DockerfileMissing"),
    ],
)
def test_what_is_not_there_is_named(tmp_path: Path, context: str, dockerfile: str, code: str) -> None:
    (tmp_path / "Dockerfile").touch()
    (tmp_path / "in").mkdir()
    with pytest.raises(OperationsError) as found:
        _build_source.need(str(tmp_path / context), dockerfile)
    assert found.value.code == code and found.value.remedy
