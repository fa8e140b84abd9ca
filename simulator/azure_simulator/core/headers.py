"""Headers every Azure answer carries."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

STANDARD = {
    "cache-control": "no-cache",
    "pragma": "no-cache",
    "expires": "-1",
    "strict-transport-security": "max-age=31536000; includeSubDomains",
    "x-content-type-options": "nosniff",
    "x-cache": "CONFIG_NOCACHE",
}


def request_headers(region: str = "LOCAL") -> dict[str, str]:
    """Fresh request ids in Azure's forms."""
    identifier = str(uuid.uuid4())
    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    return {
        "x-ms-request-id": identifier,
        "x-ms-correlation-request-id": identifier,
        "x-ms-routing-request-id": f"{region}:{moment}:{identifier}",
        "x-msedge-ref": f"Ref A: {identifier.replace('-', '').upper()} Ref B: LOCAL Ref C: {moment}",
    }
