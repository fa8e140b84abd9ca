"""Microsoft.Resources: resource groups and provider registration."""
