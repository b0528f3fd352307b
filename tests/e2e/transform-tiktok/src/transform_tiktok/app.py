"""The TikTok service."""

from polycast.platforms import run_platform
from transform_tiktok.platform import TIKTOK


def main() -> None:
    run_platform(TIKTOK)
