"""Write ``datasheets/examples/demo``: anew from a dataset, or, without one, from the evidence that lies there.

python tools/example_datasheet.py [DATASET]
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

from evenface.dataset import MANIFEST, Dataset
from evenface.files.codec import canonical_json, from_json, to_json
from evenface.publish.datasheet import build_datasheet
from evenface.publish.datasheet.text import DATASHEET_HTML, DATASHEET_MD, datasheet_html, datasheet_markdown
from evenface.publish.evidence import Evidence, gather
from evenface.publish.sheet import SHEET

EXAMPLE = Path(__file__).parents[1] / "datasheets" / "examples" / "demo"
EVIDENCE = "evidence.json"


def main(dataset: Path | None) -> None:
    """Write the example."""
    if dataset is not None:
        EXAMPLE.mkdir(parents=True, exist_ok=True)
        (EXAMPLE / EVIDENCE).write_bytes(canonical_json(to_json(gather(Dataset.open(dataset)))))
        for name in (MANIFEST, SHEET):
            shutil.copyfile(dataset / name, EXAMPLE / name)
    for name, text in documents().items():
        (EXAMPLE / name).write_text(text, encoding="utf-8")


def documents() -> dict[str, str]:
    """Return the documents of the example, from the manifest and the evidence that lie there."""
    manifest = Dataset.open(EXAMPLE).manifest
    evidence = from_json(Evidence, json.loads((EXAMPLE / EVIDENCE).read_bytes()))
    datasheet = build_datasheet(manifest, evidence)
    return {
        DATASHEET_MD: datasheet_markdown(datasheet, manifest, evidence),
        DATASHEET_HTML: datasheet_html(datasheet, manifest, evidence, (EXAMPLE / SHEET).read_bytes()),
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
