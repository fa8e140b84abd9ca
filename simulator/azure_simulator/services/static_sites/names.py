"""What Azure makes up for a new site: the deployment token, whose form is as seen, and a token for a TXT record."""

from __future__ import annotations

import secrets
import uuid

# The end of default host names by region; tokens repeat it. Seen for these five.
_REGION_CODES = {"East US 2": "00f", "Central US": "010", "West Europe": "003", "West US 2": "01e", "East Asia": "000"}


def deployment_token(location: str) -> str:
    """A new token: 64 hexadecimal digits, a GUID, the region's code and some digits."""
    digits = secrets.randbelow(90_000) + 10_000
    return f"{secrets.token_hex(32)}-{uuid.uuid4()}{_REGION_CODES[location]}{digits}"


def validation_token() -> str:
    """What a TXT record has to say."""
    return f"_{secrets.token_hex(16)}"
