"""What other floors may listen to."""

from django.dispatch import Signal

exported = Signal()
"""Somebody exports annotations. Arguments: ``request`` (None on the command line), ``format`` and
``filters`` (``annotations.export.approved.Filters``). Sent before the first line is given out."""
