#!/usr/bin/env python3
"""Draws the picture of a report next to it: `LoadTest/draw.py .local/load.json` writes .local/load.svg."""
import sys
from pathlib import Path

from benchmarks import picture

for report in sys.argv[1:]:
    picture.write(Path(report))
