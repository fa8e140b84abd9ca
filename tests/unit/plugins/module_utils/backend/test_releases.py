"""Which releases a rollback may go back to."""

from __future__ import annotations

import datetime
import itertools
import re

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._backend import _releases

DIGESTS = ("sha256:aaa", "sha256:bbb", "sha256:ccc")


def history(digests: tuple[str, ...]) -> list[dict[str, str]]:
    """Return releases, the newest first."""
    return [{"tag": f"release-{number}", "digest": digest} for number, digest in enumerate(digests)]


@pytest.mark.parametrize("digests", [one for size in range(5) for one in itertools.product(DIGESTS, repeat=size)])
@pytest.mark.parametrize("running", [*DIGESTS, "sha256:never-released", ""])
def test_it_goes_back_in_time_and_to_another_image(digests: tuple[str, ...], running: str) -> None:
    releases = history(digests)
    found = _releases.before(releases, running)
    assert all(one["digest"] != running for one in found)
    if running not in digests:
        assert found == releases
    else:
        newest = digests.index(running)
        assert [one for one in releases[newest:] if one["digest"] != running] == found


@pytest.mark.parametrize("running", DIGESTS)
def test_one_is_named_by_tag_or_digest_whatever_runs(running: str) -> None:
    releases = history(DIGESTS)
    assert _releases.before(releases, running, "release-1") == [releases[1]]
    assert _releases.before(releases, running, "sha256:ccc") == [releases[2]]
    assert _releases.before(releases, running, "release-9") == []


PREFIX = "release-a.b"
NAMES = ("release-a.b-20261122T213807Z-8951200", "release-a.b-20261123T000000Z-7c89ab7")


def tag(name: str, digest: str = "sha256:aaa") -> dict[str, str]:
    """Return a tag as the registry describes it."""
    return {"tag": name, "digest": digest, "image": f"reg/app:{name}", "created": "2026-11-22T21:38:07+00:00"}


def test_a_name_says_when_and_what() -> None:
    at = datetime.datetime(2026, 11, 22, 21, 38, 7, tzinfo=datetime.UTC)
    name = _releases.name(PREFIX, "sha256:89512da9dc01", at)
    assert name == "release-a.b-20261122T213807Z-89512da"
    assert re.fullmatch(_releases.pattern(PREFIX), name)
    assert re.match(_releases.pattern_of_any("app"), name) and re.match(_releases.pattern_of_any(PREFIX), name)


def test_the_releases_of_a_stack_are_its_own_the_newest_first() -> None:
    others = ("1.0.0", "latest", "release-axb-20261122T213807Z-89512da", f"{NAMES[0]}-signed", f"x{NAMES[0]}")
    found = _releases.of([tag(one) for one in (*others, *NAMES)], PREFIX)
    assert [one["tag"] for one in found] == [*reversed(NAMES)]
    assert not any(one["running"] for one in found)


def test_the_newest_release_of_the_image_that_runs_is_marked() -> None:
    images = [tag(NAMES[0]), tag(NAMES[1]), tag("release-a.b-20261124T000000Z-bbb0000", "sha256:bbb")]
    found = _releases.of(images, PREFIX, "reg/app@sha256:aaa")
    assert [one["running"] for one in found] == [False, True, False]
    shown = _releases.history(found, "codex", "api").splitlines()
    assert shown[0] == "codex: 3 release(s) of api, the newest first, > runs now"
    assert shown[2].startswith(f">   {NAMES[1]}") and shown[2].endswith("2026-11-22T21:38:07  sha256:aaa")
    assert shown[1].startswith("    release-a.b-20261124")


def test_no_release_says_how_there_comes_one() -> None:
    assert _releases.history([], "codex", "api").splitlines()[1:] == ["none yet: a successful deployment leaves one"]
    text = _releases.none_to_go_back_to([], "api", "", "h")
    assert text.startswith("There is no release of api before the one that runs. A successful deployment leaves")
    assert text.endswith("ansible-playbook playbooks/setup_stack.yml --limit h")
    text = _releases.none_to_go_back_to([tag(one) for one in NAMES], "api", "gone", "h")
    assert text == f"There is no release gone of api. Releases: {', '.join(NAMES)}"
