"""Invents content ideas for a person."""
