"""`python -m admonster_fb` and the command `admonster-fb`."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line, which needs the extra `cli`."""
    try:
        from admonster_fb.cli.app import app
    except ModuleNotFoundError as error:
        if error.name not in {"typer", "rich"}:
            raise
        sys.exit("The command line needs typer and rich: pip install 'admonster-fb[cli]'")
    app()


if __name__ == "__main__":
    main()
