"""Facts that only the maker of a dataset knows: who, why, for whom and for how long; and the licences a dataset can have."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import NamedTuple

__all__ = ["LICENCES", "Licence", "Maker", "given_facts"]


class Licence(NamedTuple):
    """A licence that a dataset can be given to others under."""

    name: str
    url: str
    commercial: bool = True
    """Whether it lets others make money with the dataset."""


LICENCES = {
    "cc-by-4.0": Licence("CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/"),
    "cc-by-sa-4.0": Licence("CC BY-SA 4.0", "https://creativecommons.org/licenses/by-sa/4.0/"),
    "cc-by-nc-4.0": Licence("CC BY-NC 4.0", "https://creativecommons.org/licenses/by-nc/4.0/", commercial=False),
    "cc0-1.0": Licence("CC0 1.0", "https://creativecommons.org/publicdomain/zero/1.0/"),
    "odc-by": Licence("ODC-By 1.0", "https://opendatacommons.org/licenses/by/1-0/"),
}
"""By the identifiers of the Hugging Face Hub."""


@dataclass(frozen=True, slots=True)
class Maker:
    """The facts that the maker gives; an empty one was not given."""

    name: str = ""
    """People or a team, as they want to be cited; semicolons between several."""
    organisation: str = ""
    contact: str = ""
    url: str = ""
    """Where the dataset is or will be."""
    version: str = ""
    """MAJOR.MINOR.PATCH of the dataset."""
    purpose: str = ""
    """Why this set was made, besides what every set of evenface is for."""
    funding: str = ""
    involved: str = ""
    """Who took part in making the dataset, and how they were paid."""
    made_from: str = ""
    made_until: str = ""
    """Dates as YYYY-MM-DD, like ``released``."""
    ethical_review: str = ""
    impact: str = ""
    """What was found about the effect of the set and its uses on people."""
    used_for: str = ""
    uses_listed: str = ""
    """Where papers and systems that use it are listed."""
    distribution: str = ""
    """To whom outside the maker's organisation it goes."""
    hosting: str = ""
    """How it is distributed, and its DOI."""
    released: str = ""
    licence: str = ""
    """One of ``LICENCES``."""
    restrictions: str = ""
    """Export controls and other regulation that the maker knows to apply."""
    maintenance: str = ""
    """Who supports, hosts and maintains it."""
    errata: str = ""
    updates: str = ""
    older_versions: str = ""
    contributions: str = ""


def given_facts(maker: Maker) -> dict[str, str]:
    """Return the facts that the maker gave, by key."""
    return {key: value for key, value in asdict(maker).items() if value}
