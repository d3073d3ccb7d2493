"""The user's files on the pages: brought, read, and their columns chosen."""
