"""Cloud metadata, subscriptions and tenants: what a client asks before anything else."""
