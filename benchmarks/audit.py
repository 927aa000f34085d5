"""How much of an audit's time is evenface's own, and does memory stay flat? The figures stand in docs/figures.md.

    python benchmarks/audit.py DATASET [DATASET ...]

Audits each dataset (those of benchmarks/validate.py will do) with a system that answers at once: a face, a gender, an age, 128
numbers. All that is left is ours: reading the set twice, hashing, handing pictures to a worker process and keeping its answers,
then the comparisons. Prints milliseconds a picture (of the clock, and of the processor with the worker's), and the greatest
memory of the process, without its worker.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

SYSTEM = """
from evenface.examine.audit.records import About, Answer, Detection

class Trivial:
    about = About("trivial", "1", ("detect", "attributes", "embed"), threshold=0.5)
    said = Answer((Detection((1.0, 2.0, 30.0, 40.0), 0.9),), "woman", 0.9, 30.0, tuple(at / 128 for at in range(1, 129)))
    def answer(self, pictures):
        return [self.said] * len(pictures)
"""
AUDIT = """
import json, os, resource, sys, time
from pathlib import Path

if __name__ == "__main__":
    from evenface.examine.audit.run import Asked, audit

    marks = []
    start = time.perf_counter()
    asked = Asked(systems=("trivial_system:Trivial",), out=Path(sys.argv[2]))
    found = audit(sys.argv[1], asked, on_progress=lambda more: marks.append((time.perf_counter() - start, more)))
    seconds, pictures = time.perf_counter() - start, len(found.subjects)
    read = marks[pictures - 1][0]
    last = marks[-1][0]
    print(json.dumps({
        "pictures": pictures,
        "pairs": len(found.comparisons["trivial"].pairs),
        "reading_ms": 1000 * read / pictures,
        "asking_ms": 1000 * (last - read) / pictures,
        "all_ms": 1000 * seconds / pictures,
        "cpu_ms": 1000 * sum(os.times()[:4]) / pictures,
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("datasets", nargs="+", type=Path)
    for dataset in parser.parse_args().datasets:
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "trivial_system.py").write_text(SYSTEM)
            (Path(folder) / "audit_it.py").write_text(AUDIT)
            paths = os.pathsep.join(filter(None, (folder, os.environ.get("PYTHONPATH"))))
            command = [sys.executable, str(Path(folder) / "audit_it.py"), str(dataset), str(Path(folder) / "out")]
            done = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ | {"PYTHONPATH": paths})
        figures = json.loads(done.stdout)
        print(
            ", ".join(
                f"{name} {value:,.3g}" if isinstance(value, float) else f"{name} {value:,}" for name, value in figures.items()
            )
        )


if __name__ == "__main__":
    main()
