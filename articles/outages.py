"""What is raised when the database cannot do its work, through no fault of what was asked."""

from django.db import InterfaceError, OperationalError

TRANSIENT = (OperationalError, InterfaceError)
"""The database is away, its disk is full, or two waited for one another."""
