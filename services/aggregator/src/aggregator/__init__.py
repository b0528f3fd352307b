"""Tells when a workflow is over."""
