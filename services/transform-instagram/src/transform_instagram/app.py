"""The service that turns ideas into drafts for Instagram."""

from polycast.platforms import run_platform
from transform_instagram.platform import INSTAGRAM


def main() -> None:
    run_platform(INSTAGRAM)
