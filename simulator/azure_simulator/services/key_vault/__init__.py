"""Microsoft.KeyVault: vaults in RBAC mode, and their secrets on each vault's own address."""
