"""What is left to apply, and contradictions between files and records."""

from __future__ import annotations

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._schema._history import Record, problem_with_table
from ansible_collections.codexdominion.azure.plugins.module_utils._schema._migration_files import Migration
from ansible_collections.codexdominion.azure.plugins.module_utils._schema._migration_plan import baseline, plan

FILES = [Migration(number, f"m{number}", f"{number}_m.sql", f"sum{number}", (), True) for number in (1, 2, 3)]


def _records(*versions: int) -> list[Record]:
    return [Record(version, f"m{version}", f"sum{version}") for version in versions]


@pytest.mark.parametrize(
    ("applied", "target", "current", "apply", "later"),
    [
        ((), None, 0, [1, 2, 3], []),
        ((), 0, 0, [], [1, 2, 3]),
        ((1,), None, 1, [2, 3], []),
        ((1,), 2, 1, [2], [3]),
        ((1, 2), 2, 2, [], [3]),
        ((1, 2, 3), None, 3, [], []),
    ],
)
def test_plans(applied: tuple[int, ...], target: int | None, current: int, apply: list[int], later: list[int]) -> None:
    found = plan(FILES, _records(*applied), target)

    assert found.current == current
    assert [migration.version for migration in found.apply] == apply
    assert [migration.version for migration in found.later] == later


def test_an_empty_folder_and_an_empty_database_agree() -> None:
    assert plan([], [], None) == (0, [], [], [])


@pytest.mark.parametrize(
    ("applied", "adopted", "adopt", "apply"),
    [
        ((), 0, [], [1, 2, 3]),
        ((), 2, [1, 2], [3]),
        ((), 3, [1, 2, 3], []),
        ((1,), 3, [], [2, 3]),
        ((1, 2, 3), 2, [], []),
    ],
)
def test_only_a_database_without_records_is_adopted(
    applied: tuple[int, ...], adopted: int, adopt: list[int], apply: list[int]
) -> None:
    found = plan(FILES, _records(*applied), None, adopted)

    assert [migration.version for migration in found.adopt] == adopt
    assert [migration.version for migration in found.apply] == apply


@pytest.mark.parametrize(("name", "version"), [(None, 0), ("", 0), ("2_m.sql", 2), ("2_m", 2)])
def test_a_baseline_is_the_name_of_a_file(name: str | None, version: int) -> None:
    assert baseline(FILES, name) == version


@pytest.mark.parametrize("name", ["2", "0002", "m2", "2_m.sq", "4_m.sql", "2_m.sql.sql"])
def test_another_baseline_is_refused(name: str) -> None:
    with pytest.raises(OperationsError) as caught:
        baseline(FILES, name)
    assert caught.value.code == "BaselineUnknown"
    assert "1_m.sql, 2_m.sql, 3_m.sql" in caught.value.message


def test_a_target_before_the_baseline_is_refused() -> None:
    with pytest.raises(OperationsError, match="target 1"):
        plan(FILES, [], 1, 2)


def _refusal(records: list[Record], target: int | None = None, files: list[Migration] = FILES) -> OperationsError:
    with pytest.raises(OperationsError) as caught:
        plan(files, records, target)
    assert caught.value.remedy
    return caught.value


def test_a_newer_database_is_refused() -> None:
    error = _refusal(_records(1, 2, 3), files=FILES[:2])

    assert error.code == "SchemaNewer"
    assert error.details == {"current_version": 3, "newest_file": 2}


def test_every_contradiction_is_named() -> None:
    error = _refusal([Record(1, "m1", "other"), Record(3, "m3", "other")])

    assert error.code == "MigrationsChanged"
    assert error.details["problems"] == [
        "1_m.sql has changed since it was applied",
        "3_m.sql has changed since it was applied",
        "2_m.sql was never applied, though version 3 was",
    ]


@pytest.mark.parametrize("target", [1, 4])
def test_a_target_behind_or_beyond_is_refused(target: int) -> None:
    assert _refusal(_records(1, 2), target).code == "TargetUnreachable"


@pytest.mark.parametrize("name", ["schema_migrations", "ops.applied_2", "_a"])
def test_accepts_a_table(name: str) -> None:
    assert problem_with_table(name) is None


@pytest.mark.parametrize("name", ["", "A", "a.b.c", ".a", "a.", "a b", 'a"b', "1a", "a" * 64])
def test_refuses_a_table(name: str) -> None:
    assert problem_with_table(name) is not None
