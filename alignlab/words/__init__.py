"""Results in sentences, one module a page; every claim is computed from numbers."""
