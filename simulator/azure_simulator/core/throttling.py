"""ARM's token buckets: per principal and subscription, one each for reads, writes and deletes.

Sizes and refill rates: Microsoft's "Understand how Azure Resource Manager throttles requests" (2024 model). Refill
follows the time scale, so a rehearsal that runs a hundred times faster is throttled at the same number of
operations, not at the same number of seconds.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

from azure_simulator.core.durations import delay_headers
from azure_simulator.core.errors import ArmError

# bucket name → (size, refill per second)
LIMITS = {"reads": (250, 25.0), "writes": (200, 10.0), "deletes": (200, 10.0)}
_GLOBAL_FACTOR = 15


@dataclass
class _Bucket:
    size: int
    refill: float
    tokens: float
    at: float

    def take(self, now: float) -> bool:
        self.tokens = min(self.size, self.tokens + (now - self.at) * self.refill)
        self.at = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


def bucket_of(method: str) -> str:
    """Which bucket a request draws from; POST actions count as writes."""
    if method in ("GET", "HEAD"):
        return "reads"
    return "deletes" if method == "DELETE" else "writes"


class Throttle:
    """The buckets of all principals."""

    def __init__(self, scale: float) -> None:
        self._scale = scale
        self._buckets: dict[tuple[str, str], _Bucket] = {}

    def take(self, principal: str, subscription: str, method: str) -> dict[str, str]:
        """Draw one token and return the quota headers, or raise the 429 ARM answers."""
        name = bucket_of(method)
        size, refill = LIMITS[name]
        scaled = refill / self._scale if self._scale else math.inf
        key = (f"{principal}|{subscription}", name)
        now = time.monotonic()
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = _Bucket(size, scaled, size, now)
        if self._scale and not bucket.take(now):
            seconds = math.ceil(1 / refill)
            operation = f"{method}/SUBSCRIPTIONS/{subscription.upper()}/"
            raise ArmError(
                429,
                "SubscriptionRequestsThrottled",
                f"Number of requests for subscription '{subscription}' and operation '{operation}' exceeded the limit. "
                f"Please try again after '{seconds}' seconds.",
                headers=delay_headers(seconds * self._scale),
                gateway=True,
            )
        left = int(bucket.tokens)
        return {
            f"x-ms-ratelimit-remaining-subscription-{name}": str(left),
            f"x-ms-ratelimit-remaining-subscription-global-{name}": str(left + (_GLOBAL_FACTOR - 1) * size),
        }

    def clear(self) -> None:
        """Full buckets again."""
        self._buckets.clear()
