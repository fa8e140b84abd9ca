"""PostgreSQL servers as real processes: the data plane of Microsoft.DBforPostgreSQL."""
