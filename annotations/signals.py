"""What other floors may listen to."""

from django.dispatch import Signal

setting_changed = Signal()
"""Somebody changes what holds for everybody. Arguments: ``by`` (the person), ``setting`` (the name
of what is set), ``value`` (what it is from now on) and ``article`` (the id of the only one that it
holds for, if so). Sent in the transaction of the change."""
