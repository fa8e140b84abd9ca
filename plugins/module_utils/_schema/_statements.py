# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Splitting SQL text into statements, so that each has a line to be named by. Pure; private to this collection.

Follows the lexical rules of PostgreSQL 16 (U(https://www.postgresql.org/docs/16/sql-syntax-lexical.html), C(scan.l)),
with C(standard_conforming_strings) on, which whoever runs the statements has to see to. Semicolons inside parentheses
(CREATE RULE) and inside C(BEGIN ATOMIC … END) of SQL functions do not end a statement. What only C(psql) understands is
refused by name.
"""

from __future__ import annotations

import re
import typing as t

# Letters as the server sees them: whatever is beyond ASCII is one, so a no-break space is no space.
_LETTER = r"[A-Za-z_\u0080-\U0010ffff]"
# A string goes on after white space with a line break in it, and its first part says which escapes it has.
_GOES_ON = r"(?:[ \t\f\v]|--[^\n\r]*+)*+[\n\r](?:[ \t\n\r\f\v]|--[^\n\r]*+[\n\r])*+'"
_ESCAPED = r"[^'\\]*+(?:(?:\\.|'')[^'\\]*+)*+'"

_TOKEN = re.compile(
    rf"""
      (?P<skip>    [ \t\n\r\f\v]++ | --[^\n\r]*+ )
    | (?P<comment> /\* )
    | (?P<string>  [eE]'{_ESCAPED}(?:{_GOES_ON}{_ESCAPED})*+
                 | '[^']*+'(?:'[^']*+')*+(?!') | "[^"]*+"(?:"[^"]*+")*+(?!") )
    | (?P<dollar>  \$(?:{_LETTER}(?:{_LETTER}|[0-9])*+)?\$ )
    | (?P<word>    (?![eE]'){_LETTER}(?:{_LETTER}|[0-9$])*+ )
    | (?P<open>    [eE]?' | " )
    | (?P<psql>    \\(?:[A-Za-z]+|.)? )
    | (?P<nul>     \0 )
    | (?P<other>   [0-9][0-9A-Za-z_.]* | . )
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT_EDGE = re.compile(r"/\*|\*/")
_HEAD_WORDS = 4
_ROUTINES = frozenset({"function", "procedure"})
_BYTE_ORDER_MARK = "\ufeff"
# After these, every word is a name.
_BEFORE_A_NAME = frozenset({".", "as"})
_BODY_OPENS = "begin atomic"
_COPIES = {
    "from": "COPY FROM STDIN needs data that only psql hands over: write INSERT instead",
    "to": "COPY TO STDOUT gives data that only psql takes: remove it",
}
# What says how the text that follows is read, and the values that leave it as it is.
_READING = re.compile(
    r"set\s+(?:session\s+|local\s+)?(standard_conforming_strings|client_encoding|names)\s*(?:=|\bto\b|)\s*'?([\w-]+)'?",
    re.IGNORECASE,
)
_AS_IT_IS = frozenset({"on", "true", "yes", "1", "utf8", "utf-8", "unicode"})


class Statement(t.NamedTuple):
    """One statement, without the semicolon at its end.

    :ivar line: where its first word stands in the text, counted from 1.
    :ivar head: its first four words in lower case.
    """

    line: int
    text: str
    head: tuple[str, ...]


class NotSql(ValueError):
    """A text that the server would not take as it stands; C(line) is where the reason is, counted from 1."""

    def __init__(self, why: str, line: int) -> None:
        super().__init__(f"line {line}: {why}")
        self.line = line


class Unterminated(NotSql):
    """A string, an identifier or a comment that begins and never ends; C(line) is where it begins."""

    def __init__(self, what: str, line: int) -> None:
        super().__init__(f"{what} is never closed", line)


def split(sql: str) -> list[Statement]:
    """Return the statements of a text in their order, without those that are empty.

    :raises Unterminated: when the text ends within something that was opened.
    :raises NotSql: when it holds what is for C(psql) only, or what changes how text is read.
    """
    return _Splitter(sql).split()


class _Splitter:
    """One reading of a text, from its beginning to its end.

    :ivar start: where the statement begins that is being read; -1 between two.
    :ivar before: the token before, in lower case; empty for what has no meaning of its own.
    :ivar words: the first words of the statement.
    """

    def __init__(self, sql: str) -> None:
        self.sql = sql
        self.statements: list[Statement] = []
        self.position, self.depth, self.in_body = 0, 0, False
        self.start, self.line, self.before = -1, 1, ""
        self.words: list[str] = []
        self._counted = (0, 1)

    def split(self) -> list[Statement]:
        """Read all of it."""
        while self.position < len(self.sql):
            # The last alternative takes any character.
            token = t.cast("re.Match[str]", _TOKEN.match(self.sql, self.position))
            kind = str(token.lastgroup)
            self.position = self._end(token, kind)
            if kind not in ("skip", "comment"):
                self._take(kind, token.group(), token.start())
        self._finish(len(self.sql))
        return self.statements

    def _take(self, kind: str, text: str, begin: int) -> None:
        if text == ";" and self.depth == 0 and not self.in_body:
            self._finish(begin)
            return
        if self.start < 0:
            self.start, self.line = begin, self._line_of(begin)
            if text.startswith(_BYTE_ORDER_MARK):
                raise NotSql("a byte order mark stands before the statement: remove it", self.line)
        if kind == "psql":
            raise NotSql(f"{text} is a command of psql, not SQL: remove it", self._line_of(begin))
        if kind == "nul":
            raise NotSql("the server would stop reading at a NUL character: remove it", self._line_of(begin))
        if kind == "word":
            self._take_word(text.lower())
        else:
            self.depth = max(0, self.depth + {"(": 1, ")": -1}.get(text, 0))
            self.before = text if kind == "other" else ""

    def _take_word(self, word: str) -> None:
        if len(self.words) < _HEAD_WORDS:
            self.words.append(word)
        before, self.before = self.before, word
        if before in _BEFORE_A_NAME:
            self.before = ""
        elif self.in_body:
            # Each statement of a body ends with a semicolon; any other END is one of CASE, or a name.
            self.in_body = not (word == "end" and before in (";", _BODY_OPENS))
        elif self.depth == 0 and (before, word) == ("begin", "atomic") and self._makes_a_routine():
            self.in_body, self.before = True, _BODY_OPENS
        elif self.depth == 0 and word in ("stdin", "stdout") and self.words[0] == "copy" and before in _COPIES:
            raise NotSql(_COPIES[before], self.line)

    def _makes_a_routine(self) -> bool:
        what = self.words[3:] if self.words[1:3] == ["or", "replace"] else self.words[1:]
        return self.words[0] == "create" and bool(what) and what[0] in _ROUTINES

    def _finish(self, end: int) -> None:
        if self.start >= 0:
            text = self.sql[self.start : end].rstrip(" \t\n\r\f\v")
            reading = _READING.fullmatch(text)
            if reading and reading[2].lower() not in _AS_IT_IS:
                raise NotSql(f"SET {reading[1]} would change how the rest of the file is read: remove it", self.line)
            self.statements.append(Statement(self.line, text, tuple(self.words)))
        self.start, self.before, self.words = -1, "", []

    def _line_of(self, position: int) -> int:
        """Return the line of a position that is not before the one that was asked for last."""
        last, line = self._counted
        self._counted = (position, line + self.sql.count("\n", last, position))
        return self._counted[1]

    def _end(self, token: re.Match[str], kind: str) -> int:
        """Return where a token ends; those with a closing part are read up to it."""
        if kind == "dollar":
            close = self.sql.find(token.group(), token.end())
            if close < 0:
                raise Unterminated(f"the string {token.group()}", self._line_of(token.start()))
            return close + len(token.group())
        if kind == "comment":
            level = 1
            for edge in _COMMENT_EDGE.finditer(self.sql, token.end()):  # comments nest
                level += 1 if edge.group() == "/*" else -1
                if level == 0:
                    return edge.end()
            raise Unterminated("the comment", self._line_of(token.start()))
        if kind == "open":
            what = "the identifier" if token.group() == '"' else "the string"
            raise Unterminated(what, self._line_of(token.start()))
        return token.end()
