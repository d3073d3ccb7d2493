"""The page of latent spaces: its controls, pairs, picture, numbers."""
