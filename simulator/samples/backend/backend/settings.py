"""What the backend is told through its environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

_TRUE = {"1", "true", "yes", "on"}


@dataclass(frozen=True)
class Settings:
    """Settings; the two URLs hold passwords and are never shown."""

    port: int = 8001
    environment: str = "development"
    version: str = "unknown"
    allowed_origins: tuple[str, ...] = ()
    cors_enabled: bool = False
    database_url: str | None = None
    redis_url: str | None = None
    fault: str | None = None

    @staticmethod
    def from_environment(environment: Mapping[str, str] | None = None) -> Settings:
        """Read the environment; ValueError when PORT is not a port."""
        values = os.environ if environment is None else environment
        port = int(values.get("PORT", "8001"))
        if not 0 < port < 65536:
            raise ValueError(f"PORT must be 1 to 65535, not {port}")
        origins = tuple(part.strip() for part in values.get("ALLOWED_ORIGINS", "").split(",") if part.strip())
        return Settings(
            port=port,
            environment=values.get("ENVIRONMENT", "development"),
            version=values.get("RELEASE") or values.get("APP_VERSION") or "unknown",
            allowed_origins=origins,
            cors_enabled=values.get("CORS_ENABLED", "false").strip().lower() in _TRUE,
            database_url=values.get("DATABASE_URL") or None,
            redis_url=values.get("REDIS_URL") or None,
            fault=values.get("SAMPLE_FAULT") or None,
        )
