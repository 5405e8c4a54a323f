"""Keeping a site: backups, restoring them, and looking whether the database is sound."""
