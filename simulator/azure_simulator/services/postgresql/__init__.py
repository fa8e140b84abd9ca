"""Microsoft.DBforPostgreSQL: flexible servers with real PostgreSQL behind them."""
