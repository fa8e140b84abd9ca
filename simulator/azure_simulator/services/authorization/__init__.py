"""Microsoft.Authorization: role assignments, role definitions, and the check of permissions."""
