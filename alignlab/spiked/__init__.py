"""The spiked model of two views: theory, samples and training experiments."""
