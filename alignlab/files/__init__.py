"""Reading and validating the user's files. Nothing is ever unpickled."""
