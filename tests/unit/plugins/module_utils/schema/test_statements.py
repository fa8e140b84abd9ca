"""SQL text is split where PostgreSQL's own lexer would."""

from __future__ import annotations

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._schema._statements import Unterminated, split


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("", []),
        (" ; ;\n-- nothing; here\n/* nor; here */", []),
        ("SELECT 1", ["SELECT 1"]),
        ("SELECT 1;SELECT 2 ;", ["SELECT 1", "SELECT 2"]),
        ("SELECT 'a;b''c;', 2; SELECT 3", ["SELECT 'a;b''c;', 2", "SELECT 3"]),
        (r"SELECT 'a\'; SELECT 2", [r"SELECT 'a\'", "SELECT 2"]),
        (r"SELECT E'a\';b', e'\\'; SELECT 2", [r"SELECT E'a\';b', e'\\'", "SELECT 2"]),
        (r"SELECT some'a\'; SELECT 2", [r"SELECT some'a\'", "SELECT 2"]),
        ('SELECT 1 AS "a;""b"; SELECT 2', ['SELECT 1 AS "a;""b"', "SELECT 2"]),
        ("SELECT $$a;$x$b$$; SELECT 2", ["SELECT $$a;$x$b$$", "SELECT 2"]),
        ("SELECT $x$a;$$;$y$b$x$; SELECT 2", ["SELECT $x$a;$$;$y$b$x$", "SELECT 2"]),
        ("SELECT a$b$c; SELECT $1; SELECT d$b$e", ["SELECT a$b$c", "SELECT $1", "SELECT d$b$e"]),
        ("SELECT 1 /* a; /* b; */ c; */ + 1; SELECT 2", ["SELECT 1 /* a; /* b; */ c; */ + 1", "SELECT 2"]),
        ("SELECT 1 -- it's\n + 1; SELECT 2", ["SELECT 1 -- it's\n + 1", "SELECT 2"]),
        (
            "CREATE RULE r AS ON INSERT TO a DO (DELETE FROM b; DELETE FROM c); SELECT 2",
            ["CREATE RULE r AS ON INSERT TO a DO (DELETE FROM b; DELETE FROM c)", "SELECT 2"],
        ),
        (
            "CREATE OR REPLACE FUNCTION f() BEGIN ATOMIC SELECT 1; SELECT CASE WHEN a THEN 1 END; END; X",
            [
                "CREATE OR REPLACE FUNCTION f() BEGIN ATOMIC SELECT 1; SELECT CASE WHEN a THEN 1 END; END",
                "X",
            ],
        ),
        (
            "CREATE FUNCTION span(begin int, finish int) RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;"
            " CREATE INDEX i ON t (a)",
            [
                "CREATE FUNCTION span(begin int, finish int) RETURNS int LANGUAGE sql AS $$ SELECT 1 $$",
                "CREATE INDEX i ON t (a)",
            ],
        ),
        (
            "CREATE FUNCTION begin.atomic() RETURNS int BEGIN ATOMIC SELECT 1 AS end; SELECT t.end FROM t; END; X",
            ["CREATE FUNCTION begin.atomic() RETURNS int BEGIN ATOMIC SELECT 1 AS end; SELECT t.end FROM t; END", "X"],
        ),
        ("CREATE PROCEDURE p() BEGIN /* x */ ATOMIC END; X", ["CREATE PROCEDURE p() BEGIN /* x */ ATOMIC END", "X"]),
        ("SELECT E'a'\n 'b\\';'; X", ["SELECT E'a'\n 'b\\';'", "X"]),
        ("SELECT 1 -- a\r; X", ["SELECT 1 -- a", "X"]),
        ("SELECT\u00a0E'\\'; X", ["SELECT\u00a0E'\\'", "X"]),
        ("COPY stdin FROM '/f'; X", ["COPY stdin FROM '/f'", "X"]),
        ("SET standard_conforming_strings = on; SET client_encoding = 'UTF8'; X", 3),
        ("CREATE TABLE begin_(a int); COMMIT", ["CREATE TABLE begin_(a int)", "COMMIT"]),
        ("SELECT 1); SELECT 2", ["SELECT 1)", "SELECT 2"]),
    ],
)
def test_splits(sql: str, expected: list[str] | int) -> None:
    found = [statement.text for statement in split(sql)]
    assert (len(found) if isinstance(expected, int) else found) == expected


def test_a_large_text_takes_a_time_that_grows_with_it() -> None:
    statements = split("".join(f"INSERT INTO t VALUES ({number}, 'it''s {number}');\n" for number in range(50_000)))
    assert (len(statements), statements[-1].line) == (50_000, 50_000)


def test_names_the_line_of_the_first_word() -> None:
    assert [statement.line for statement in split("\n-- a\n  SELECT\n1;\n\n/* b\n*/ SELECT 2; SELECT 3")] == [3, 7, 7]


def test_keeps_the_first_words() -> None:
    (statement,) = split("/* x */ (Create) UNIQUE index CONCURRENTLY i")
    assert statement.head == ("create", "unique", "index", "concurrently")


@pytest.mark.parametrize(
    ("sql", "line"),
    [("SELECT 1;\nSELECT 'a; ", 2), ('\n\n"a', 3), ("/* a /* b */", 1), ("\n$a$ $b$", 2), ("SELECT E'\\'", 1)],
)
def test_refuses_what_is_never_closed(sql: str, line: int) -> None:
    with pytest.raises(Unterminated, match="is never closed") as caught:
        split(sql)
    assert caught.value.line == line
