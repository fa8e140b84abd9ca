"""Redis caches: real Valkey servers behind TLS."""
