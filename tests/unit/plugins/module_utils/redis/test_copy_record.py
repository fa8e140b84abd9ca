"""What is remembered of a copy of keys."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._redis import _copy_record
from ansible_collections.codexdominion.azure.plugins.module_utils._redis._copy_record import Copied


def test_a_key_is_found_as_it_was_copied_last_in_its_own_database(tmp_path: Path) -> None:
    path = tmp_path / "record"
    with _copy_record.new(path, "run:0") as record:
        first, last = (Copied(record.digest(content), "sha", 5) for content in (b"one", b"two"))
        record.add(0, [(b"key", first), (b"\xff", first)])
        record.add(0, [(b"key", last)])
        record.add(1, [(b"key", first)])
    with _copy_record.existing(path) as record:
        assert record.source == "run:0"
        assert (record.find(0, b"key"), record.find(1, b"key"), record.find(0, b"\xff")) == (last, first, first)
        assert record.find(0, b"ke") is record.find(2, b"key") is None
        assert record.digest(b"two") == last.source
    assert path.stat().st_mode & 0o777 == 0o600


def test_each_copy_begins_anew_with_digests_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "record"
    digests = set()
    for _time in range(2):
        with _copy_record.new(path, "run:0") as record:
            assert record.find(0, b"key") is None
            digests.add(record.digest(b"key"))
            record.add(0, [(b"key", Copied(b"", "", 0))])
    assert len(digests) == 2
    path.unlink()
    with pytest.raises(FileNotFoundError), _copy_record.existing(path):
        pass
