"""Training in steps: gradient descent and AdamW on the published loss, compiled."""
