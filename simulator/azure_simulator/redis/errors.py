"""What can go wrong with a cache, for whoever runs it."""

from __future__ import annotations


class CacheError(Exception):
    """Base of this package's errors; the message is one line."""


class BinariesMissing(CacheError):
    """There is no Valkey to run."""


class CacheNotFound(CacheError):
    """No cache has this id."""


class CacheFailed(CacheError):
    """A server ended with an error, or refused what the simulator asked; the message is its last word."""
