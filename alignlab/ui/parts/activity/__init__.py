"""The human-activity page."""
