"""Microsoft.ContainerInstance: container groups with real processes behind them."""
