"""`python -m polycast_cli.offline_writer`: the server alone."""

from __future__ import annotations

from typing import Annotated

import typer

from polycast_cli.offline_writer import FAULTS, WriterOptions, serve


def main(
    port: Annotated[int, typer.Option(help="0 picks a free one.")] = 8399,
    latency: Annotated[float, typer.Option(help="Seconds before every completion.")] = 0,
    fault: Annotated[
        list[str] | None, typer.Option(help=f"NAME=CHANCE, repeatable. Names: {', '.join(FAULTS)}.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Other seeds give other drafts.")] = 0,
    rate_limit: Annotated[int | None, typer.Option(help="Chat completions a minute.")] = None,
) -> None:
    """Write drafts as an OpenAI-compatible endpoint would."""
    try:
        options = WriterOptions.from_arguments(
            port=port, latency=latency, faults=fault or (), seed=seed, rate_limit=rate_limit
        )
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    serve(options)


if __name__ == "__main__":
    typer.run(main)
