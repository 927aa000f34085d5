"""How a person looks in one shot, as labels of the tables of words: what a model would else guess by tone or gender."""

from __future__ import annotations

from evenface.records import Hair, Identity, Shot

__all__ = ["HAIR_COLOURS", "TIED_STYLES", "hair_colour", "hair_style", "worn_things"]

TIED_STYLES = ("waves_long", "straight_long", "layered_long", "long_bob", "half_up", "coils_long")
"""The styles that a shot may show tied."""
HAIR_COLOURS = ("black", "dark_brown", "brown", "blond", "red", "greying", "grey", "dyed")


def hair_colour(hair: Hair) -> str:
    """Name the colour that most of the hair has: one of ``HAIR_COLOURS``."""
    if hair.grey > 0.25:
        return "grey" if hair.grey > 0.6 else "greying"
    if min(hair.dye) < 1.0:
        return "dyed"
    if hair.redness > 0.5 and hair.melanin < 0.75:
        return "red"
    # Between the means from which the pigments of people are drawn.
    return next(
        (name for name, least in (("black", 0.87), ("dark_brown", 0.68), ("brown", 0.4)) if hair.melanin > least), "blond"
    )


def hair_style(identity: Identity, shot: Shot) -> str | None:
    """Return the label of the hair as it is worn; None where a covering hides it."""
    style = identity.hair.style
    if style == "head_covering":
        return None
    return "tied" if shot.hair_tied and style in TIED_STYLES else style


def worn_things(identity: Identity, shot: Shot) -> tuple[tuple[str, str], ...]:
    """Return table and label of all that is worn, clothes first."""
    things = (
        ("clothing", shot.clothing),
        ("glasses", identity.glasses.frame if shot.glasses_worn else "none"),
        ("head_covering", identity.covering.kind),
        ("earrings", identity.jewellery.earrings),
    )
    return tuple((table, label) for table, label in things if label != "none")
