"""How far do pictures differ between processors? Makes a set, and makes it again under other kernels and with fewer instructions.

python benchmarks/processors.py [--pictures 24]

Lower levels of x86-64 are shown to the process by ``fewer_instructions.c``, which needs a C compiler and a processor with CPUID
faulting.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import fmean

from evenface.processor import processor_family

HERE = Path(__file__).parent
KERNELS = ("Nehalem", "Haswell", "SkylakeX", "Cooperlake")
LEVELS = {"4": "all instructions, shown through the same program", "3": "x86-64-v3 (AVX2)", "2": "x86-64-v2 (SSE 4.2)"}


def evenface(*arguments: str, **environment: str) -> str:
    command = [sys.executable, "-m", "evenface", *arguments, "--quiet"]
    done = subprocess.run(command, env=os.environ | environment, stdout=subprocess.PIPE, text=True, check=False)
    return done.stdout


def line(name: str, dataset: Path, pictures: int, **environment: str) -> None:
    found = json.loads(evenface("remake", str(dataset), "--sample", str(pictures), "--json", **environment))["pictures"]
    distances = [each["mean_delta_e_2000"] for each in found]
    same = sum(each["verdict"] == "same bytes" for each in found)
    moved = max(each["landmark_px"] for each in found)
    print(f"| {name} | {len(found)} | {same} | {fmean(distances):.3f} | {max(distances):.3f} | {moved:.2f} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=int, default=24)
    wanted = parser.parse_args().pictures
    with tempfile.TemporaryDirectory() as folder:
        dataset, fewer = Path(folder) / "faces", Path(folder) / "fewer.so"
        evenface("generate", "--preset", "demo", "--out", str(dataset))
        print(f"made on {processor_family()}\n")
        print("| made again with | pictures | same bytes | mean dE 2000 | largest | landmarks moved, px |")
        print("|---|---|---|---|---|---|")
        line("the same", dataset, wanted)
        for kernel in KERNELS:
            line(f"OPENBLAS_CORETYPE={kernel}", dataset, wanted, OPENBLAS_CORETYPE=kernel)
        subprocess.run(
            ["cc", "-O1", "-shared", "-fPIC", "-o", str(fewer), str(HERE / "fewer_instructions.c"), "-ldl"], check=True
        )
        for level, name in LEVELS.items():
            line(name, dataset, wanted, LD_PRELOAD=str(fewer), CPU_LEVEL=level)


if __name__ == "__main__":
    main()
