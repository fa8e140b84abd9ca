"""SQL text is split just as a real PostgreSQL splits it: the server is given whole texts, and ours one by one."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Iterator

import psycopg
import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._schema._statements import NotSql, split
from tests.support.database import Database

TEXTS = 100
# Words that mean something to who splits, and may be names to the server.
NAMES = ["begin", "atomic", "a", "copy_", "stdin", "begin_end", "é", '"end"', '"case"', '"a;b"', '"x""y"', "e", "_$1"]
LABELS = [*NAMES, "end", "case", "as", "from", "select"]
STRINGS = [
    "'a;b'", "'it''s;'", r"'\'", r"E'\';'", r"e'\\'", r"E'a'';\''", "$$;$x$;$$", "$x$;$$'$x$", "$é$;$é$", "$_$;'$_$",
    "''", "E''", "'--'", "'/*'", "$$/*$$", "E'a'\n  'b\\';'", "'a'\n'b\\'", "E'a' -- c'\n 'b\\';'", "U&'\\0061;'",
    "N';'::text", "'a\n;\nb'", "$$\n;\n$$", "'\ufeff'", r"E'\n\'' || E'\\'",
]  # fmt: skip
GAPS = [" ", "\n", "\t", " /* ; */ ", " /* a /* ;' */ $$ */ ", " -- ;'\n", " --\n", "/**/", " /*/ */ ", "\f", "\r\n"]


class Generator:
    """Statements that PostgreSQL takes, which are hard to tell apart."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.number = 0

    def one(self, choices: list[str]) -> str:
        return self.random.choice(choices)

    def gap(self) -> str:
        return self.one(GAPS)

    def expression(self, depth: int = 0) -> str:
        """Something of the type text."""
        if depth > 2 or self.random.random() < 0.6:
            return self.one(STRINGS)
        inner = [self.expression(depth + 1) for _number in range(2)]
        return self.one(
            [
                f"({inner[0]}{self.gap()}||{self.gap()}{inner[1]})",
                f"CASE{self.gap()}WHEN true THEN {inner[0]}{self.gap()}ELSE {inner[1]} END",
                f"(SELECT {inner[0]}{self.gap()}AS {self.one(LABELS)})",
                f"case 1 when 1 then {inner[0]} end",
                f"(ARRAY[{inner[0]}, {inner[1]}])[1]",
            ]
        )

    def select(self, *, columns: int = 2) -> str:
        label = self.one(["", f" AS{self.gap()}{self.one(LABELS)}", " end"])
        label += self.one(["", ", 1 AS case", ", 2 end"]) if columns > 1 else ""
        return f"SELECT{self.gap()}{self.expression()}{label}"

    def fresh(self) -> str:
        self.number += 1
        return f"made_{self.number}"

    def table(self) -> str:
        return f"CREATE TABLE {self.fresh()} ({self.one(NAMES)} text DEFAULT {self.one(STRINGS)})"

    def rule(self) -> str:
        name = self.fresh()
        return (
            f"CREATE TABLE {name} (a text);{self.gap()}CREATE RULE r AS ON INSERT TO {name} DO ALSO ("
            f"{self.gap()}DELETE FROM {name} WHERE a = {self.expression()};{self.gap()}SELECT 1)"
        )

    def quoted_function(self) -> str:
        replace = self.one(["", "OR REPLACE ", f"OR{self.gap()}REPLACE "])
        arguments = f"{self.one(NAMES)} text, other text DEFAULT {self.one(STRINGS)}"
        returned = self.one(["text", "TABLE (begin text)"])
        return (
            f"CREATE {replace}FUNCTION {self.fresh()}({arguments}) RETURNS {returned} LANGUAGE sql AS"
            f"{self.gap()}$body$ SELECT 'a;';{self.gap()}$body$"
        )

    def atomic_function(self) -> str:
        kind, returned = self.one(["FUNCTION", "function"]), "RETURNS text LANGUAGE sql"
        if self.random.random() < 0.3:
            kind, returned = "PROCEDURE", "LANGUAGE sql"
        body = "".join(f"{self.gap()}{self.select(columns=1)};" for _number in range(self.random.randrange(1, 4)))
        body = self.one([body, body, "" if kind == "PROCEDURE" else body])
        return (
            f"CREATE{self.gap()}OR REPLACE {kind} {self.fresh()}({self.one(NAMES)} text DEFAULT {self.one(STRINGS)})"
            f" {returned} BEGIN{self.gap()}ATOMIC{body}{self.gap()}{self.one(['END', 'end'])}"
        )

    def do(self) -> str:
        return f"DO{self.gap()}$do$ BEGIN PERFORM 1; PERFORM {self.one(['1', '2'])}; END $do$"

    def statement(self) -> str:
        kinds: list[Callable[[], str]] = [
            self.select, self.select, self.select, self.table, self.rule, self.quoted_function, self.atomic_function,
            self.atomic_function, self.do,
        ]  # fmt: skip
        return self.random.choice(kinds)()

    def text(self) -> str:
        statements = [self.statement() for _number in range(self.random.randrange(1, 6))]
        return "".join(f"{self.gap()}{one}{self.gap()};" for one in statements) + self.one(["", ";", " ; -- x", "\n"])


@pytest.fixture
def session(database: Database) -> Iterator[psycopg.Connection[object]]:
    with contextlib.closing(database.connect()) as connection:
        connection.execute("SET client_encoding = 'UTF8'")
        yield connection


def _results(session: psycopg.Connection[object], texts: list[str]) -> list[object] | psycopg.Error:
    """What came of each statement that the server found in the texts: its kind and its rows; or why it refuses."""
    found: list[object] = []
    session.execute("BEGIN")
    try:
        for text in texts:
            cursor = session.execute(text.encode())
            while True:
                if cursor.statusmessage:
                    found.append((cursor.statusmessage, cursor.fetchall() if cursor.description else None))
                if not cursor.nextset():
                    break
    except psycopg.Error as refusal:
        return refusal
    finally:
        session.execute("ROLLBACK")
    return found


def test_generated_texts(session: psycopg.Connection[object]) -> None:
    for seed in range(TEXTS):
        text = Generator(seed).text()
        whole = _results(session, [text])
        assert not isinstance(whole, psycopg.Error), (str(whole), seed, text)
        parts = [statement.text for statement in split(text)]
        assert (len(parts), _results(session, parts)) == (len(whole), whole), (seed, text, parts)


def test_whatever_the_server_takes_of_any_soup(session: psycopg.Connection[object]) -> None:
    """Pieces in no order: nearly all of it is refused by the server, and what it takes is split as it does."""
    pieces = [
        "'", "''", '"', "$$", "$a$", "E'", "\\'", "\\", "/*", "*/", "--", "\n", ";", "; SELECT 1;", "SELECT 2", "(",
        ")", " ", "a", "$1", "1", "begin", "atomic", "end", "case", "as", "||", "-", "*", "/", "'a'", "E'b'", "é", "1e",
    ]  # fmt: skip
    soup, taken = random.Random(15), 0
    for _number in range(1000):
        text = "SELECT " + "".join(soup.choice(pieces) for _piece in range(soup.randrange(1, 12)))
        try:
            parts = [statement.text for statement in split(text)]
        except NotSql:
            parts = []
        whole = _results(session, [text])
        if not isinstance(whole, psycopg.Error):
            taken += 1
            assert (len(parts), _results(session, parts)) == (len(whole), whole), (text, parts)
    assert taken > 30


REFUSED = [
    "\\restrict abc\nSELECT 1",
    "SELECT 1;\n\\.\n",
    "COPY t FROM stdin;\n1\n\\.\n",
    "SELECT 1 \\g",
    "\ufeffSELECT 1",
    "SELECT 'a",
    "SELECT $a$ $b$",
    "SELECT /* /* */ 1",
    'SELECT "a',
    r"SELECT E'\'",
]


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_refused_here_the_server_does_not_take_either(session: psycopg.Connection[object], text: str) -> None:
    with pytest.raises(NotSql):
        split(text)
    session.execute("CREATE TABLE t (a int)")
    assert isinstance(_results(session, [text]), psycopg.Error)
