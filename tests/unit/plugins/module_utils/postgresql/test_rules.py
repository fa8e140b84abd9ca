"""What is refused of a PostgreSQL server before Azure is asked, and what is not."""

from __future__ import annotations

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._core import _names
from ansible_collections.codexdominion.azure.plugins.module_utils._postgresql import _rules


@pytest.mark.parametrize(
    ("sku", "tier"),
    [
        ("Standard_B1ms", "Burstable"),
        ("Standard_B20ms", "Burstable"),
        ("Standard_D2s_v3", "GeneralPurpose"),
        ("Standard_D96ads_v5", "GeneralPurpose"),
        ("Standard_DC2ads_v5", "GeneralPurpose"),
        ("Standard_E20ds_v4", "MemoryOptimized"),
        ("Standard_F2s_v2", None),
        ("B1ms", None),
        ("Standard_B1ms ", None),
        ("", None),
    ],
)
def test_the_letter_of_a_size_says_its_tier(sku: str, tier: str | None) -> None:
    assert _rules.tier(sku) == tier
    assert (_rules.sku(sku) is None) is (tier is not None)


@pytest.mark.parametrize("value", ["abcdefG1", "ABCDEFG1x", "abcdefg1!", "ABC!efgh", "é1aaaaaaa", "aB3" * 42 + "xx"])
def test_a_password_of_three_kinds_is_accepted(value: str) -> None:
    assert _rules.password(value, "operator") is None


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("aB3!", "4 characters"),
        ("aB3" * 43, "129 characters"),
        ("abcdefgh", "three of these"),
        ("abcdefg1", "three of these"),
        ("xx-Codexadmin-1", "name"),
        ("12ADM-xyz-34", "in a row"),
    ],
)
def test_a_weak_password_is_refused_and_not_repeated(value: str, words: str) -> None:
    problem = _rules.password(value, "codexadmin")
    assert problem and words in problem
    assert value not in problem


def test_a_password_without_a_known_name_is_judged_by_itself() -> None:
    assert _rules.password("xx-Codexadmin-1", None) is None


@pytest.mark.parametrize("name", ["codexadmin", "_x", "a" * 63])
def test_a_login_is_accepted(name: str) -> None:
    assert _rules.login(name) is None


@pytest.mark.parametrize(
    ("name", "words"),
    [("admin", "reserved"), ("Public", "reserved"), ("PG_x", "reserved"), ("1a", "not valid"), ("a-b", "not valid")],
)
def test_a_login_is_refused(name: str, words: str) -> None:
    assert words in str(_rules.login(name))


@pytest.mark.parametrize("value", ["11", "16", "18", "20"])
def test_a_version_is_a_major_one(value: str) -> None:
    assert _rules.version(value) is None


@pytest.mark.parametrize("value", ["9", "10", "16.3", "latest", ""])
def test_another_version_is_refused(value: str) -> None:
    assert _rules.version(value)


@pytest.mark.parametrize(
    "value", ["2026-10-22T20:00:00Z", "2026-10-22 20:00:00+02:00", "2024-04-23T15:19:23.8395327+00:00"]
)
def test_a_moment_has_a_time_zone(value: str) -> None:
    assert _rules.point_in_time(value) is None


@pytest.mark.parametrize("value", ["2026-10-22T20:00:00", "2026-10-22", "yesterday", ""])
def test_a_moment_without_a_time_zone_is_refused(value: str) -> None:
    assert _rules.point_in_time(value)


def test_all_that_is_wrong_with_a_window_is_named() -> None:
    window = {"custom": True, "day_of_week": 7, "start_hour": 24, "start_minute": -1}
    assert len(_rules.maintenance_window(window)) == 3
    assert _rules.maintenance_window({**window, "day_of_week": 0, "start_hour": 0, "start_minute": 59}) == []
    only_custom = {"custom": False, "day_of_week": 1, "start_hour": None, "start_minute": None}
    assert _rules.maintenance_window(only_custom) == ["maintenance_window.day_of_week: only a custom window has it"]


@pytest.mark.parametrize(
    ("rule", "good", "bad"),
    [
        (_names.postgresql_server, ["abc", "codex-db-server", "0" * 63], ["ab", "Abc", "-ab", "ab-", "a_b", "0" * 64]),
        (_names.postgresql_firewall_rule, ["a", "A_b-1", "x" * 128], ["", "a b", "a.b", "x" * 129]),
        (_names.postgresql_database, ["codex", "_a-1", "A" * 63], ["", "1a", "a.b", "A" * 64]),
        (_names.postgresql_backup, ["a", "daily-20261022T200000Z", "x" * 128], ["", "-a", "a-", "a_b", "x" * 129]),
    ],
)
def test_names(rule: object, good: list[str], bad: list[str]) -> None:
    assert callable(rule)
    assert [name for name in good if rule(name)] == []
    assert [name for name in bad if not rule(name)] == []
