"""What several test modules need: a local Azure, playbook runs."""
