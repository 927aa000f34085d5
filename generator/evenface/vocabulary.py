"""The words that every room uses: tones and their swatches, gender annotations, age bands, cells, shot names."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "ADULT",
    "AGE_BANDS",
    "ANCHOR",
    "DESIGNS",
    "GENDERS",
    "LANDMARK_COUNT",
    "REFERENCE",
    "SCALES",
    "SELECTIONS",
    "Cell",
    "Scale",
    "Tone",
    "gender_word",
]


@dataclass(frozen=True, slots=True)
class Tone:
    """One step of a skin tone scale.

    Attributes:
        name: The label in every row, e.g. ``monk_06`` or ``ita_tan``.
        step: Position in its scale, 1 = lightest.
        lab: CIE L*, a*, b* of the swatch (D65, 2 degree observer).
        srgb_hex: The swatch as ``#rrggbb``.
    """

    name: str
    step: int
    lab: tuple[float, float, float]
    srgb_hex: str


@dataclass(frozen=True, slots=True)
class Scale:
    """An ordered skin tone scale, lightest step first."""

    name: str
    tones: tuple[Tone, ...]

    def tone(self, name: str) -> Tone:
        """Return the step called ``name``; raises KeyError for a name of another scale."""
        return {tone.name: tone for tone in self.tones}[name]


# Monk Skin Tone scale (Monk 2019, skintone.google); L*a*b* computed from the sRGB values, D65, 2 degrees.
_MONK = (
    ("#f6ede4", (94.211, 1.511, 5.433)),
    ("#f3e7db", (92.274, 2.068, 7.291)),
    ("#f7ead0", (93.091, 0.223, 14.215)),
    ("#eadaba", (87.573, 0.466, 17.758)),
    ("#d7bd96", (77.901, 3.478, 23.144)),
    ("#a07e56", (55.141, 7.789, 26.747)),
    ("#825c43", (42.469, 12.330, 20.535)),
    ("#604134", (30.677, 11.672, 13.339)),
    ("#3a312a", (21.069, 2.693, 5.968)),
    ("#292420", (14.610, 1.485, 3.528)),
)

# ITA classes (Chardon et al. 1991; class borders 55, 41, 28, 10, -30 degrees). Each is drawn at a colour of skin whose
# ITA lies well inside its class (60.8, 45.1, 31.8, 16.7, -11.6 and -52.0 degrees).
_ITA = (
    ("ita_very_light", "#d3b6a1", (75.994, 7.169, 14.540)),
    ("ita_light", "#c29f86", (68.011, 9.270, 17.925)),
    ("ita_intermediate", "#b39074", (62.331, 9.172, 19.886)),
    ("ita_tan", "#a37e65", (55.733, 10.797, 19.115)),
    ("ita_brown", "#8a6449", (45.632, 11.801, 21.323)),
    ("ita_dark", "#624536", (32.077, 10.342, 13.997)),
)

SCALES: dict[str, Scale] = {
    "monk": Scale("monk", tuple(Tone(f"monk_{i:02d}", i, lab, rgb) for i, (rgb, lab) in enumerate(_MONK, 1))),
    "ita": Scale("ita", tuple(Tone(name, i, lab, rgb) for i, (name, rgb, lab) in enumerate(_ITA, 1))),
}

GENDERS = ("woman", "man", "androgynous")
"""Annotations of the depicted presentation; never a claim about a person."""
_SPELLINGS = {"woman": "woman", "female": "woman", "f": "woman", "w": "woman", "man": "man", "male": "man", "m": "man"}

ADULT = "18-80"
AGE_BANDS: dict[str, tuple[int, int]] = {
    ADULT: (18, 80),
    "18-29": (18, 29),
    "30-44": (30, 44),
    "45-59": (45, 59),
    "60-80": (60, 80),
}
"""Inclusive ages in years. Adults only, in every design; ``18-80`` is the one band of a spec that asks for none."""

DESIGNS = ("independent", "crossed")
SELECTIONS = ("none", "sface", "dlib", "sface+dlib")
"""Which recognisers choose, among several candidates for each place in a plan, people that lie far apart; or nobody does."""
REFERENCE = "reference"
"""Shot id of the frontal, neutral, evenly lit picture that every person has."""
ANCHOR = "anchor"
"""Shot id of the photograph that the others of a person are made from; it is of the reference's kind and part of no dataset."""

LANDMARK_COUNT = 68


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """One cell of the balanced design: tone x gender annotation (x age band)."""

    tone: str
    gender: str
    age_band: str = ADULT

    @property
    def key(self) -> str:
        """The cell as text, e.g. ``monk_06/woman`` or ``monk_06/woman/18-29``."""
        return f"{self.tone}/{self.gender}" + ("" if self.age_band == ADULT else f"/{self.age_band}")


def gender_word(word: str | None) -> str | None:
    """Return ``woman`` or ``man`` for the usual English words and letters, in any case; any other word, or none, as it is."""
    return None if word is None else _SPELLINGS.get(word.strip().casefold(), word)
