"""Lessons: a question, a few steps on the pages of the app, and answers computed from each step."""
