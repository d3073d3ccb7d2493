"""Lessons in the app: the player at the top of every page, their list, and own lessons."""
