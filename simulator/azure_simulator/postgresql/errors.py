"""What can go wrong with a PostgreSQL server, for whoever runs it."""

from __future__ import annotations


class PostgresError(Exception):
    """Base of this package's errors; the message is one line."""


class BinariesMissing(PostgresError):
    """There is no PostgreSQL to run."""


class ServerNotFound(PostgresError):
    """No server has this id."""


class ServerStopped(PostgresError):
    """The server does not run, and what was asked needs a running one."""


class ServerFailed(PostgresError):
    """A program of PostgreSQL ended with an error; the message is its last word."""


class Refused(PostgresError):
    """PostgreSQL itself refused a value.

    :ivar sqlstate: its error code, such as `42P04` for a database that exists.
    """

    def __init__(self, message: str, sqlstate: str | None = None) -> None:
        super().__init__(message)
        self.sqlstate = sqlstate


class OutsideWindow(PostgresError):
    """The moment cannot be restored: before the first backup, or not yet past."""
