"""Whose page it is, and what becomes of a form that is sent while nobody or another is signed in.

Every form says whose page it stood on; the server takes it from nobody else. What it refuses for
that reason, or because the sign-in has ended, it gives back filled in.
"""
