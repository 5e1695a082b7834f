"""Text for the model."""
