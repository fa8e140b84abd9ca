"""Which releases a rollback may go back to."""

from __future__ import annotations

import itertools

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
