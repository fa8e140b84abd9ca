"""Microsoft.Cache/redisEnterprise: Azure Managed Redis."""
