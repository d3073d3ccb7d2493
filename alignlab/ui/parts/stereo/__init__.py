"""The page of stereo shapes."""
