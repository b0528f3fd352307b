"""The service that turns ideas into drafts for X."""

from polycast.platforms import run_platform
from transform_twitter.platform import TWITTER


def main() -> None:
    run_platform(TWITTER)
