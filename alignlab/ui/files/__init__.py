"""The user's files on the pages: upload, reading, and choice of columns."""
