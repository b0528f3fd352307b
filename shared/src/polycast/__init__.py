"""Polycast's shared package: contracts, bus, LLM gateway, platform engine."""
