"""What git holds, what ships, and what is complete: nothing here runs a playbook against a stack."""
