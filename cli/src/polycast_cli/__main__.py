"""`python -m polycast_cli`"""

from polycast_cli.app import main

main()
