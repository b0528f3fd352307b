"""Turns ideas into twitter drafts."""
