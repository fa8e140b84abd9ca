"""Typical durations of Azure's work, in real seconds; the simulator multiplies them by `--time-scale`.

Sources: gaps between polls in recorded traffic and Microsoft's documentation; where neither says anything the value
is an estimate. They only shape how long a rehearsal waits, no rule depends on them.
"""

from __future__ import annotations

from dataclasses import dataclass

# name → (seconds of work, Retry-After seconds or None where Azure sends none)
TABLE: dict[str, tuple[float, int | None]] = {
    "provider.register": (40, 10),
    "provider.unregister": (10, 10),
    "resource_group.delete": (30, 15),
    "role_assignment.propagate": (60, None),
    "registry.create": (10, None),
    "registry.update": (5, None),
    # From the answer to the start of a run; how long that takes is the builder's.
    "registry.run": (5, None),
    "vault.create": (30, None),
    "container_group.create": (30, None),
    "container_group.pull": (15, None),
    "container_group.start": (10, None),
    "container_group.restart": (20, None),
    "container_group.stop": (5, None),
    "container_group.delete": (5, None),
    "container_group.backoff": (10, None),
    "postgresql.create": (360, 60),
    "postgresql.restore": (300, 60),
    "postgresql.update": (60, 60),
    "postgresql.scale": (420, 60),
    "postgresql.restart": (120, 60),
    "postgresql.stop": (360, 60),
    "postgresql.start": (540, 60),
    "postgresql.delete": (75, 15),
    "postgresql.refused": (0, 60),
    "postgresql.database": (10, 10),
    "postgresql.database.delete": (10, 10),
    "postgresql.firewall_rule": (60, 60),
    "postgresql.firewall_rule.delete": (60, 60),
    "postgresql.configuration": (10, 10),
    "postgresql.threat_protection": (10, 10),
    "postgresql.backup": (75, 15),
    "postgresql.backup.delete": (15, 15),
    "redis.create": (900, 30),
    "redis.update": (120, 30),
    "redis.scale": (1200, 30),
    "redis.delete": (300, 30),
    "redis.flush": (45, 30),
    # From the answer to the start of a reboot, and how long a node is away.
    "redis.reboot": (5, None),
    "redis.reboot.away": (60, None),
    "managed_redis.create": (420, 30),
    "managed_redis.update": (120, 30),
    "managed_redis.scale": (900, 30),
    "managed_redis.delete": (480, 30),
    "managed_redis.database.create": (10, 30),
    "managed_redis.database.update": (60, 30),
    "managed_redis.database.delete": (60, 30),
    "managed_redis.keys": (30, 30),
    "managed_redis.flush": (30, 30),
    "postgresql.first_backup": (60, None),
    "static_site.deploy": (15, None),
    "static_site.delete": (60, 60),
    "static_site.build.delete": (60, 60),
    "static_site.domain.create": (150, 60),
    "static_site.domain.token": (30, 60),
    "static_site.domain.look": (30, None),
    "static_site.domain.delete": (90, 60),
}


@dataclass(frozen=True)
class Durations:
    """The table under one time scale (1 = as Azure, 0 = at once)."""

    scale: float

    def seconds(self, name: str) -> float:
        """Scaled duration of the named work. KeyError for a name that is not in the table."""
        return TABLE[name][0] * self.scale

    def retry_headers(self, name: str) -> dict[str, str]:
        """Headers that tell a client when to ask again.

        Whole seconds go into `Retry-After`. Below one second the header would be `Retry-After: 0`, which azure-core
        reads as "not given" and answers with its default of 30 s, so `retry-after-ms` (which Azure's clients know as
        well) is sent instead. Where Azure sends no header, none is sent at full scale; a faster scale sends one
        (half of the work's time), or clients would sleep their default 30 s and through the rehearsal.
        """
        duration, retry_after = TABLE[name]
        if retry_after is not None:
            return delay_headers(retry_after * self.scale)
        return {} if self.scale >= 1 else delay_headers(duration / 2 * self.scale)


def delay_headers(seconds: float) -> dict[str, str]:
    """`Retry-After` for a second or more, `retry-after-ms` (at least 10 ms) for less."""
    if seconds >= 1:
        return {"Retry-After": str(int(seconds))}
    return {"retry-after-ms": str(max(10, int(seconds * 1000)))}
