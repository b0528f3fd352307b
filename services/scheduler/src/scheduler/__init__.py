"""Starts each person's workflow at their local time."""
