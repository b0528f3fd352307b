"""Turns ideas into linkedin drafts."""
