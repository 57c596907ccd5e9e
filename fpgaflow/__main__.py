"""``python -m fpgaflow``."""

from fpgaflow.cli import main

main()
