"""The service: `/`, `/health`, `/ready`."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import FastAPI, Response
from fastapi.middleware.cors import CORSMiddleware

from backend import checks
from backend.settings import Settings

NAME = "codex-backend"


def create(settings: Settings) -> FastAPI:
    """The application for these settings."""
    app = FastAPI(title=NAME, version=settings.version)
    if settings.cors_enabled:
        app.add_middleware(
            CORSMiddleware, allow_origins=list(settings.allowed_origins), allow_methods=["*"], allow_headers=["*"]
        )

    async def components() -> tuple[bool, dict[str, Any]]:
        database, cache = await asyncio.gather(checks.database(settings.database_url), checks.cache(settings.redis_url))
        healthy = all(part["status"] != "unhealthy" for part in (database, cache)) and settings.fault != "unhealthy"
        return healthy, {"database": database, "cache": cache}

    @app.get("/")
    async def root() -> dict[str, str]:
        return {"name": NAME, "version": settings.version, "environment": settings.environment}

    @app.get("/health")
    async def health(response: Response) -> dict[str, Any]:
        if settings.fault == "health-error":
            raise RuntimeError("this build was made to fail here")
        healthy, parts = await components()
        response.status_code = 200 if healthy else 503
        return {"status": "healthy" if healthy else "unhealthy", "version": settings.version, **parts}

    @app.get("/ready")
    async def ready(response: Response) -> dict[str, bool]:
        healthy, _ = await components()
        serving = healthy and settings.fault != "never-ready"
        response.status_code = 200 if serving else 503
        return {"ready": serving}

    return app
