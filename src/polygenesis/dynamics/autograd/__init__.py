"""The general engine: any model, features, pressure and training, by automatic differentiation (PyTorch)."""
