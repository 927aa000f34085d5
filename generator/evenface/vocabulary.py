"""Words that all rooms share: tones with their skin colours and swatches, gender annotations, age bands, cells, shot names."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "ADULT",
    "AGE_BANDS",
    "ANCHOR",
    "DESIGNS",
    "GENDERS",
    "LIT_LEVEL",
    "LIT_RANGE",
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
    """One step of a skin tone scale: the colour of skin that it stands for, and the swatch that people are shown.

    Colours are CIE 1976 L*, a*, b* (D65, 2 degree observer).

    Attributes:
        name: The label in every row, e.g. ``monk_06`` or ``ita_tan``.
        step: Position in its scale, 1 = lightest.
        lab: The skin colour: heads have it, and measured skin is named after the nearest.
        srgb_hex: The skin colour as ``#rrggbb``.
        swatch_lab: The swatch; of a scale that has no swatches, the skin colour.
        swatch_hex: The swatch as ``#rrggbb``.
    """

    name: str
    step: int
    lab: tuple[float, float, float]
    srgb_hex: str
    swatch_lab: tuple[float, float, float]
    swatch_hex: str


@dataclass(frozen=True, slots=True)
class Scale:
    """An ordered skin tone scale, lightest step first."""

    name: str
    tones: tuple[Tone, ...]

    def tone(self, name: str) -> Tone:
        """Return the step called ``name``; raises KeyError for a name of another scale."""
        return {tone.name: tone for tone in self.tones}[name]


# Skin colours of the Monk steps: ten points on the locus of measured human skin, a convention of ours. It rests on contact
# spectrophotometry (Xiao et al. 2017, Skin Res. Technol. 23, 21: L* about 58 to 67, a* 9 to 12, b* 14 to 21 on cheeks of
# Europeans, Chinese, Kurds and Thais; the darkest groups measured lie near L* 30 to 40), with the chroma greatest in the middle
# and falling to both ends. ITA = atan2(L* - 50, b*) is 63, 56, 49, 39, 26, 11, -8, -30.3, -51 and -68 degrees: Monk 1 to 4 lie
# above 30, 5 to 7 between, 8 to 10 below -30. (Secondary sources report these three bands beside the Monk scale in the draft
# guidance of the FDA of January 2025 on pulse oximeters and in ISO 80601-2-61:2026; the originals were not read.)
# Not known: which people another laboratory's colorimeter would place at these points, and how people rate this skin by eye.
_MONK_SKIN = (
    ((76.0, 8.5, 13.0), "#d4b5a4"),
    ((72.5, 9.5, 15.0), "#cdab97"),
    ((69.0, 10.0, 16.5), "#c5a18b"),
    ((65.0, 11.0, 18.5), "#bd967d"),
    ((60.0, 12.0, 20.5), "#b1886d"),
    ((54.0, 13.0, 21.5), "#a3785d"),
    ((47.0, 13.5, 21.0), "#90664d"),
    ((39.5, 13.0, 18.0), "#7a5540"),
    ((33.5, 11.0, 13.5), "#66483a"),
    ((27.5, 8.0, 9.0), "#523c34"),
)

# Swatches of the Monk Skin Tone scale (Monk 2019, skintone.google); L*a*b* computed from the sRGB values, D65, 2 degrees.
_MONK_SWATCHES = (
    ((94.211, 1.511, 5.433), "#f6ede4"),
    ((92.274, 2.068, 7.291), "#f3e7db"),
    ((93.091, 0.223, 14.215), "#f7ead0"),
    ((87.573, 0.466, 17.758), "#eadaba"),
    ((77.901, 3.478, 23.144), "#d7bd96"),
    ((55.141, 7.789, 26.747), "#a07e56"),
    ((42.469, 12.330, 20.535), "#825c43"),
    ((30.677, 11.672, 13.339), "#604134"),
    ((21.069, 2.693, 5.968), "#3a312a"),
    ((14.610, 1.485, 3.528), "#292420"),
)

# ITA classes (Chardon et al. 1991; class borders 55, 41, 28, 10, -30 degrees). The scale has no swatches. Each class is drawn at
# a point of the same locus (L*, a*, b* joined linearly in ITA between the Monk skin colours) whose ITA lies well inside it:
# 60, 48, 35, 19, -10 and -50 degrees.
_ITA = (
    ("ita_very_light", (74.3, 9.0, 14.0), "#d1b09e"),
    ("ita_light", (68.6, 10.1, 16.7), "#c4a08a"),
    ("ita_intermediate", (63.3, 11.3, 19.2), "#b99178"),
    ("ita_tan", (57.3, 12.5, 21.0), "#ab8166"),
    ("ita_brown", (46.4, 13.5, 20.7), "#8e654c"),
    ("ita_dark", (33.7, 11.1, 13.7), "#67483a"),
)

_MONK = tuple((*skin, *swatch) for skin, swatch in zip(_MONK_SKIN, _MONK_SWATCHES, strict=True))

SCALES: dict[str, Scale] = {
    "monk": Scale("monk", tuple(Tone(f"monk_{i:02d}", i, *colours) for i, colours in enumerate(_MONK, 1))),
    "ita": Scale("ita", tuple(Tone(name, i, lab, rgb, lab, rgb) for i, (name, lab, rgb) in enumerate(_ITA, 1))),
}

LIT_LEVEL = 0.8
"""Share of the skin that is no brighter than the lit level: above it may lie highlights, below it shade."""
LIT_RANGE = 0.2
"""How far from the lit level, as a share of it, the luminance of lit skin may lie. Its mean is the colour that is measured."""

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
"""Inclusive ages in years. Adults only, in every design; ``18-80`` is the only band of a spec without ``age_bands``."""

DESIGNS = ("independent", "crossed")
SELECTIONS = ("none", "sface", "dlib", "sface+dlib")
"""Recognisers that choose people who lie far apart, among several candidates for each place in a plan; ``none`` for no choice."""
REFERENCE = "reference"
"""Shot id of the frontal, neutral, evenly lit picture that every person has."""
ANCHOR = "anchor"
"""Shot id of the photograph that the others of a person are made from; it is of the reference's kind and part of no dataset."""


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
    """Return ``woman`` or ``man`` for the usual words and letters in any case; return other words, and None, unchanged."""
    return None if word is None else _SPELLINGS.get(word.strip().casefold(), word)
