"""Turns ideas into instagram drafts."""
