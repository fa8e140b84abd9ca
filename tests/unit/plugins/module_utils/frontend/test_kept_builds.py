"""Kept builds: found, kept whole or not at all, chosen for the way back, removed."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._frontend import _export, _kept_builds
from ansible_collections.codexdominion.azure.plugins.module_utils._frontend._kept_builds import Build, KeptBuilds


def build(day: int, content: str = "", *, site: str = "codex", environment: str = "production") -> Build:
    """Return a build of a day."""
    digest = (content or f"{day:x}").rjust(64, "0")
    return Build(f"{site}-202611{day:02}T120000Z", environment, "", digest, digest, 1, 1)


def keep(kept: KeptBuilds, folder: Path, one: Build, text: str = "page") -> Build:
    """Keep a build with a page; returns it with its digest."""
    site = folder / f"site-{one.name}"
    site.mkdir()
    (site / "index.html").write_text(text, encoding="utf-8")
    made = dataclasses.replace(one, content=_export.read(site).digest)
    with kept.exclusive():
        kept.keep(site, made)
    return made


def test_builds_are_found_by_site_and_environment(tmp_path: Path) -> None:
    folder = tmp_path / "builds"
    assert KeptBuilds(folder, "codex").all("production") == []
    kept = {site: KeptBuilds(folder, site) for site in ("codex", "codex-codex", "codex-20261101T120000Z")}
    made = {
        (site, environment): keep(one, tmp_path, build(day, site=site, environment=environment))
        for site, one in kept.items()
        for day, environment in ((1, "production"), (2, "pr-1"), (3, "pr-11"))
    }
    for (site, environment), one in made.items():
        assert kept[site].all(environment) == [one]
        assert kept[site].find(environment, one.name) == one
    with pytest.raises(OperationsError, match="There is no build"):
        kept["codex"].find("production", made["codex", "pr-1"].name)
    assert (folder.stat().st_mode & 0o777) == 0o700


def test_what_a_killed_run_has_left_is_no_build_and_goes(tmp_path: Path) -> None:
    folder = tmp_path / "builds"
    kept = KeptBuilds(folder, "codex")
    whole = keep(kept, tmp_path, build(1))
    for left in ("codex-20261102T120000Z", "codex-20261103T120000Z.partial", "codex-x-20261104T120000Z", "codex-other"):
        (folder / left).mkdir()
    (folder / "codex-20261105T120000Z.json").write_text("{", encoding="utf-8")
    assert kept.all("production") == [whole]
    with kept.exclusive():
        pass
    stays = sorted(path.name for path in folder.iterdir() if path.is_dir())
    assert stays == ["codex-20261101T120000Z", "codex-other", "codex-x-20261104T120000Z"]


def test_a_build_that_was_tampered_with_is_refused(tmp_path: Path) -> None:
    kept = KeptBuilds(tmp_path / "builds", "codex")
    made = keep(kept, tmp_path, build(1))
    assert kept.content(made).digest == made.content
    (kept.path(made) / "index.html").write_text("other", encoding="utf-8")
    with pytest.raises(OperationsError) as caught:
        kept.content(made)
    assert caught.value.code == "BuildDamaged"


def test_two_runs_exclude_each_other(tmp_path: Path) -> None:
    kept = KeptBuilds(tmp_path / "builds", "codex")
    with kept.exclusive(), pytest.raises(OperationsError) as caught, KeptBuilds(kept.folder, "codex").exclusive():
        pass
    assert caught.value.code == "BuildRunning"
    with kept.exclusive(), KeptBuilds(kept.folder, "codex-2").exclusive():
        pass


ALL = [build(day) for day in (5, 4, 3, 2, 1)]


@pytest.mark.parametrize(
    ("builds", "serving", "expected"),
    [
        (ALL, build(5), build(4)),
        (ALL, build(3), build(2)),
        (ALL, build(1), None),
        (ALL, None, build(5)),
        ([], build(5), None),
        ([build(5), build(4, "5"), build(3)], build(5, "5"), build(3)),
        ([build(9), *ALL], build(7), build(5)),
    ],
)
def test_the_way_back(builds: list[Build], serving: Build | None, expected: Build | None) -> None:
    assert _kept_builds.previous(builds, serving.marker if serving else None) == expected


@pytest.mark.parametrize(
    ("keep", "serving", "expected"),
    [(5, 5, []), (3, 5, [2, 1]), (3, 1, [2]), (1, 2, [4, 3, 1])],
)
def test_what_may_go(keep: int, serving: int, expected: list[int]) -> None:
    assert _kept_builds.superfluous(ALL, keep, build(serving).name) == [build(day) for day in expected]
