"""Microsoft.Cache/redis: Azure Cache for Redis."""
