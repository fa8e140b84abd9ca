"""Single modules against the local Azure, real PostgreSQL and real caches."""
