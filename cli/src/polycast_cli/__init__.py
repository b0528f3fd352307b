"""The local stack and the operator's commands."""
