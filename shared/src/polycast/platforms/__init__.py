"""The platform engine. A platform service holds one specification and nothing of this."""

from polycast.platforms.app import run_platform
from polycast.platforms.specification import Platform, Repair

__all__ = ["Platform", "Repair", "run_platform"]
