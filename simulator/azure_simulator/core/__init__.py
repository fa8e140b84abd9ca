"""What every simulated service shares. Start with README.md in this folder."""
