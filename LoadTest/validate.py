#!/usr/bin/env python3
"""Validates reports: `LoadTest/validate.py .local/load.json` uses schemas/load.json. Needs jsonschema (Debian: python3-jsonschema)."""
import json
import sys
from pathlib import Path

import jsonschema

SCHEMAS = Path(__file__).resolve().parent / "schemas"


def errors(report):
    """The violations of the schema that the report names; a series must have each second."""
    schema = json.loads((SCHEMAS / f"{report['schema']['name'].removeprefix('baedal.')}.json").read_text())
    found = [f"{error.json_path}: {error.message}" for error in jsonschema.Draft202012Validator(schema).iter_errors(report)]
    seconds = [point["second"] for point in report.get("series", [])]
    return found + ([] if seconds == list(range(len(seconds))) else [f"$.series: the seconds are {seconds[:20]}"])


if __name__ == "__main__":
    found = [f"{file}: {error}" for file in sys.argv[1:] for error in errors(json.loads(Path(file).read_text()))]
    print("\n".join(found) or "valid")
    sys.exit(1 if found else 0)
