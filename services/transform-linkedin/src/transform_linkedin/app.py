"""The service that turns ideas into drafts for LinkedIn."""

from polycast.platforms import run_platform
from transform_linkedin.platform import LINKEDIN


def main() -> None:
    run_platform(LINKEDIN)
