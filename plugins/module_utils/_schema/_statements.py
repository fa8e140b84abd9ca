# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Splitting SQL text into statements, so that each has a line to be named by. Pure; private to this collection.

Follows the lexical rules of PostgreSQL 16 (U(https://www.postgresql.org/docs/16/sql-syntax-lexical.html)), with
C(standard_conforming_strings) on. Semicolons inside parentheses (CREATE RULE) and inside C(BEGIN ATOMIC … END) of SQL
functions do not end a statement, as in psql.
"""

from __future__ import annotations

import re
import typing as t

_TOKEN = re.compile(
    r"""
      (?P<skip>    \s+ | --[^\n]* )
    | (?P<comment> /\* )
    | (?P<string>  [eE]'(?:[^'\\]|\\.|'')*' | '(?:[^']|'')*' | "(?:[^"]|"")*" )
    | (?P<dollar>  \$(?:[^\W\d]\w*)?\$ )
    | (?P<word>    (?![eE]')[^\W\d][\w$]* )
    | (?P<open>    [eE]?' | " )
    | (?P<other>   \d[\w.]* | . )
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT_EDGE = re.compile(r"/\*|\*/")
_HEAD_WORDS = 4
_ROUTINES = frozenset({"function", "procedure"})


class Statement(t.NamedTuple):
    """One statement, without the semicolon at its end.

    :ivar line: where its first word stands in the text, counted from 1.
    :ivar head: its first four words in lower case.
    """

    line: int
    text: str
    head: tuple[str, ...]


class Unterminated(ValueError):
    """A string, an identifier or a comment that begins and never ends; C(line) is where it begins."""

    def __init__(self, what: str, line: int) -> None:
        super().__init__(f"line {line}: {what} is never closed")
        self.line = line


def split(sql: str) -> list[Statement]:
    """Return the statements of a text in their order, without those that are empty.

    :raises Unterminated: when the text ends within something that was opened.
    """
    statements: list[Statement] = []
    head: list[str] = []
    start, depth, bodies, position = -1, 0, 0, 0
    while position < len(sql):
        token = t.cast("re.Match[str]", _TOKEN.match(sql, position))  # the last alternative takes any character
        kind, text, begin = str(token.lastgroup), token.group(), position
        position = _end(sql, token, kind)
        if kind in ("skip", "comment"):
            continue
        if text == ";" and depth == 0 and bodies == 0:
            if start >= 0:
                statements.append(_statement(sql, start, begin, head))
            start, head = -1, []
            continue
        start = begin if start < 0 else start
        if kind == "word":
            word = text.lower()
            head = [*head, word] if len(head) < _HEAD_WORDS else head
            bodies = _bodies(bodies, word, head)
        elif kind == "other":
            depth = max(0, depth + {"(": 1, ")": -1}.get(text, 0))
    if start >= 0:
        statements.append(_statement(sql, start, len(sql), head))
    return statements


def _statement(sql: str, start: int, end: int, head: list[str]) -> Statement:
    return Statement(sql.count("\n", 0, start) + 1, sql[start:end].rstrip(), tuple(head))


def _bodies(open_bodies: int, word: str, head: list[str]) -> int:
    """Return how many C(BEGIN) and C(CASE) of a routine's body are open after a word."""
    if head[0] != "create" or not _ROUTINES & set(head[1:]):
        return 0
    if word == "begin" or (word == "case" and open_bodies):
        return open_bodies + 1
    return open_bodies - 1 if word == "end" and open_bodies else open_bodies


def _end(sql: str, token: re.Match[str], kind: str) -> int:
    """Return where a token ends; those with a closing part are read up to it."""
    line = sql.count("\n", 0, token.start()) + 1
    if kind == "dollar":
        close = sql.find(token.group(), token.end())
        if close < 0:
            raise Unterminated(f"the string {token.group()}", line)
        return close + len(token.group())
    if kind == "comment":
        level = 1
        for edge in _COMMENT_EDGE.finditer(sql, token.end()):  # comments nest
            level += 1 if edge.group() == "/*" else -1
            if level == 0:
                return edge.end()
        raise Unterminated("the comment", line)
    if kind == "open":
        raise Unterminated("the identifier" if token.group() == '"' else "the string", line)
    return token.end()
