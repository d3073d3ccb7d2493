"""The user's files: the wall against foreign bytes. Nothing is ever unpickled."""
