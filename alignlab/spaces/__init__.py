"""Measures of a latent space in which both modalities lie, each with its own null."""
