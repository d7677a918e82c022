"""`dateline serve`: the engine over HTTP. What it answers stands in `api`."""

import click

from rag.cli.common import WORDS, data_option


@click.command()
@click.option("--host", type=WORDS, help="The address to listen on; else DATELINE_HOST or here.")
@click.option("--port", type=WORDS, metavar="PORT", help="The port; else DATELINE_PORT or 8000.")
@data_option
def serve(host: str | None, port: str | None, data: str | None) -> None:
    """Answers over HTTP, until Ctrl-C.

    \b
      dateline serve
    """
    from api.serve import serve as serve_engine
    from rag.engine import open_engine
    from rag.settings import Settings

    settings = Settings.load(data=data, host=host, port=port)
    serve_engine(lambda: open_engine(settings), settings)
