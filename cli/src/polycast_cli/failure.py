"""What an operator is told when a command can't do its job."""


class Failure(Exception):
    """One line for the operator: printed on stderr, without traceback; the command exits with `code`."""

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(message)
        self.code = code
