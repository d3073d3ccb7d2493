"""Stereo shapes: two cameras see one flat object, and each camera is a little off its mark."""
