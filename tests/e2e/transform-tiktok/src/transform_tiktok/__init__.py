"""Turns ideas into TikTok captions."""
