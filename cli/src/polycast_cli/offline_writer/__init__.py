"""An OpenAI-compatible server that writes decent, deterministic drafts from a curated bank.

For demonstrations and tests without an API key. It answers ideas, the platforms it knows and, from their
JSON schema, platforms it does not know; it counts calls and injects faults on request.
"""

from polycast_cli.offline_writer.app import create_app
from polycast_cli.offline_writer.options import FAULTS, FaultPlan, WriterOptions
from polycast_cli.offline_writer.server import serve

__all__ = ["FAULTS", "FaultPlan", "WriterOptions", "create_app", "serve"]
