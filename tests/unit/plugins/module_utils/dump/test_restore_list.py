"""Which part of a dump is restored: by names that contain each other, with what is needed, and nothing that is not."""

from __future__ import annotations

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._dump import _restore_list

LISTED = """;
; Archive created at 2026-11-27 20:43:17 UTC
;     Dump Version: 1.15-0
;
1; 0 0 ENCODING - ENCODING\x20
2; 3079 1 EXTENSION - hstore\x20
3; 0 0 COMMENT - EXTENSION hstore\x20
;	depends on: 2
5; 2615 5 SCHEMA - App Data alice
6; 2615 6 SCHEMA - app alice
10; 1247 10 TYPE app mood alice
;	depends on: 6
11; 0 0 ACL app TYPE mood alice
;	depends on: 10
20; 1259 20 TABLE app t alice
;	depends on: 10 6
21; 1259 21 TABLE app t x alice
;	depends on: 6 2
22; 1259 22 TABLE App Data t alice
;	depends on: 5
23; 1259 23 SEQUENCE app t_id_seq alice
;	depends on: 6
24; 0 0 SEQUENCE OWNED BY app t_id_seq alice
;	depends on: 23
25; 2604 25 DEFAULT app t id alice
;	depends on: 23 20
26; 1259 26 VIEW app v alice
;	depends on: 20
30; 0 20 TABLE DATA app t alice
;	depends on: 20
31; 0 21 TABLE DATA app t x alice
;	depends on: 21
32; 0 22 TABLE DATA App Data t alice
;	depends on: 22
33; 0 0 SEQUENCE SET app t_id_seq alice
;	depends on: 23
40; 2606 40 CONSTRAINT app t t_pkey alice
;	depends on: 20
41; 2606 41 FK CONSTRAINT App Data t t_fkey alice
;	depends on: 40 20 22
42; 1259 42 INDEX app t_m alice
;	depends on: 20
50; 1259 50 TABLE app part alice
;	depends on: 6
51; 1259 51 TABLE app part_1 alice
;	depends on: 6
52; 0 0 TABLE ATTACH app part_1 alice
;	depends on: 51 50
53; 0 51 TABLE DATA app part_1 alice
;	depends on: 51
60; 826 60 DEFAULT ACL app DEFAULT PRIVILEGES FOR TABLES alice
"""
ENTRIES = _restore_list.parse(LISTED)
TABLES = {"app.t": 7, 'app."t x"': 8, '"App Data".t': 9, "app.part_1": 3}
TABLE = {20, 23, 24, 25, 30, 33, 40, 42, 10, 11, 6}


def numbers(entries: list[_restore_list.Entry]) -> set[int]:
    """Return the numbers of entries."""
    return {one.number for one in entries}


def test_the_list_is_read() -> None:
    assert len(ENTRIES) == 26
    kinds = {one.number: one.kind for one in ENTRIES}
    assert kinds[30] == "TABLE DATA" and kinds[41] == "FK CONSTRAINT" and kinds[60] == "DEFAULT ACL"
    assert kinds[2] == "EXTENSION" and kinds[10] == "TYPE"
    assert next(one for one in ENTRIES if one.number == 41).depends == {40, 20, 22}


@pytest.mark.parametrize(
    ("named", "gone"),
    [
        ("EXTENSION hstore", {2, 3, 21, 31}),
        ("EXTENSION - hstore", {2, 3, 21, 31}),
        ("COMMENT - EXTENSION hstore", {3}),
        ("TABLE app.t", {20, 25, 26, 30, 40, 41, 42}),
        ("TABLE app t x", {21, 31}),
        ("TABLE App Data t", {22, 32, 41}),
        ("VIEW app.v", {26}),
        ("ACL app.TYPE mood", {11}),
        ("DEFAULT ACL app DEFAULT PRIVILEGES FOR TABLES", {60}),
    ],
)
def test_left_out_with_what_needs_it(named: str, gone: set[int]) -> None:
    assert numbers(ENTRIES) - numbers(_restore_list.without(ENTRIES, [named])) == gone


@pytest.mark.parametrize("named", ["EXTENSION hs", "TABLE app.u", "TABLE t", "VIEW app.t", "COMMENT hstore"])
def test_what_is_not_there(named: str) -> None:
    with pytest.raises(_restore_list.NothingNamedSoError, match=named):
        _restore_list.without(ENTRIES, [named])


def test_one_table_with_all_that_is_its_own() -> None:
    found = _restore_list.only(ENTRIES, [], ["app.t"])
    assert numbers(found) == TABLE
    assert _restore_list.rows(found, TABLES) == {"app.t": 7}


def test_a_table_whose_name_begins_like_it() -> None:
    found = _restore_list.only(ENTRIES, [], ["app.t x"])
    assert {21, 31, 2, 3} <= numbers(found) and 20 not in numbers(found)
    assert _restore_list.rows(found, TABLES) == {'app."t x"': 8}


def test_a_partition_brings_its_table_and_the_other_way_round() -> None:
    for table in ("app.part", "app.part_1"):
        found = _restore_list.only(ENTRIES, [], [table])
        assert numbers(found) == {50, 51, 52, 53, 6}


def test_one_schema() -> None:
    found = _restore_list.only(ENTRIES, ["App Data"], [])
    assert numbers(found) == {5, 22, 32}, "a reference to a table whose rows are not there is left out"
    both = _restore_list.only(ENTRIES, ["App Data"], ["app.t"])
    assert 41 in numbers(both) and _restore_list.rows(both, TABLES) == {"app.t": 7, '"App Data".t': 9}
    assert {60, 26, 21} <= numbers(_restore_list.only(ENTRIES, ["app"], []))


@pytest.mark.parametrize(("schemas", "tables"), [(["ap"], []), ([], ["app.u"]), ([], ["t"]), (["App"], [])])
def test_no_such_part(schemas: list[str], tables: list[str]) -> None:
    with pytest.raises(_restore_list.NothingNamedSoError):
        _restore_list.only(ENTRIES, schemas, tables)


def test_all_rows_of_everything() -> None:
    assert _restore_list.rows(ENTRIES, TABLES) == TABLES
