"""The people of the site: who is invited, with which roles, and what they are told of it.

A person comes in by a one-time link and chooses the password alone. Every act is one function,
which checks, changes and logs in one transaction; all go through ``standing.managing``.
"""
