"""One number for many groups: FDR, IR, GARBE and NIST's worst case over the geometric mean, with what each cannot see.

None of them is an estimate without bias: of groups that are all alike, chance makes an index of spread differ from its best
value, the more the fewer people there are. So their intervals are not resampled about the index: all groups' rates get intervals
that hold at once (Bonferroni), and the interval of an index is from the least to the greatest value that it has for rates within
them. That holds with at least 95 %, and is wide where there is little to tell from.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "ALPHAS",
    "fairness_discrepancy_rate",
    "garbe",
    "gini",
    "inequity_rate",
    "largest_ratio",
    "range_of_spread",
    "worst_over_geometric_mean",
]

Floats = NDArray[np.float64]

ALPHAS = (0.0, 0.5, 1.0)
"""What false matches weigh against false non-matches: the choice is not a fact, so the middle and both ends are told."""


def fairness_discrepancy_rate(fmr: Floats, fnmr: Floats, alpha: float = 0.5) -> float:
    """Return FDR = 1 - (alpha max |FMR_i - FMR_j| + (1 - alpha) max |FNMR_i - FNMR_j|); 1 where all rates agree.

    De Freitas Pereira and Marcel 2021, IEEE T-BIOM 4, 19-29. At the FMR of use (1e-3 and less) differences are small in
    absolute terms whatever their ratio, and the index is near 1 for every system: it sees next to nothing of false matches.
    """
    return float(1 - alpha * np.ptp(fmr) - (1 - alpha) * np.ptp(fnmr))


def inequity_rate(fmr: Floats, fnmr: Floats, alpha: float = 0.5) -> float:
    """Return IR = (max FMR / min FMR)^alpha (max FNMR / min FNMR)^(1 - alpha); 1 where all rates agree.

    Grother 2021, "Demographic differentials in face recognition algorithms" (EAB), and NISTIR 8429. It is undefined (NaN)
    where a least rate is 0, which is likelier the fewer pairs there are; it goes by the two extremes alone, and grows with the
    number of groups.
    """
    parts = [largest_ratio(rates) ** power for rates, power in ((fmr, alpha), (fnmr, 1 - alpha)) if power]
    return float(np.prod(parts))


def garbe(fmr: Floats, fnmr: Floats, alpha: float = 0.5) -> float:
    """Return GARBE = alpha G(FMR) + (1 - alpha) G(FNMR), G the Gini coefficient; 0 where all rates agree, 1 at most.

    Howard et al. 2022, "Evaluating proposed fairness models for face recognition algorithms", arXiv 2203.05051. It does not
    say which group is worse off, and with rare errors chance alone makes it large.
    """
    parts = [part * gini(rates) for rates, part in ((fmr, alpha), (fnmr, 1 - alpha)) if part]
    return float(np.sum(parts))


def gini(rates: Floats) -> float:
    """Return n / (n - 1) sum_ij |x_i - x_j| / (2 n^2 mean x); NaN where all rates are 0, or there is one."""
    n, mean = len(rates), float(np.mean(rates)) if len(rates) else 0.0
    if n < 2 or mean == 0:
        return float("nan")
    apart = np.abs(rates[:, None] - rates).sum()
    return float(n / (n - 1) * apart / (2 * n**2 * mean))


def largest_ratio(rates: Floats) -> float:
    """Return the greatest rate over the least; NaN where that is 0."""
    return float(rates.max() / rates.min()) if rates.min() > 0 else float("nan")


def worst_over_geometric_mean(rates: Floats) -> float:
    """Return max x_i over the geometric mean of x; 1 where all rates agree, NaN where one is 0.

    NISTIR 8429 (FRVT Part 8, 2022). One group without an error makes it undefined, and one that nearly has none makes it
    large, though nobody is worse off for it.
    """
    return float(rates.max() / np.exp(np.log(rates).mean())) if rates.min() > 0 else float("nan")


def range_of_spread(spread: Callable[[Floats], float], low: Floats, high: Floats) -> tuple[float, float]:
    """Return the least and the greatest value of an index of spread for rates within ``low`` and ``high``.

    Least spread: every rate as near as it can to one value. Greatest: those that lie highest at their upper limit, the others
    at their lower one. Both are searched over that value and that border. Infinite where a limit of 0 makes the index undefined.
    """
    nearest = [np.clip(value, low, high) for value in np.unique(np.concatenate([low, high]))]
    order = np.argsort(low + high)
    apart = [np.where(np.isin(np.arange(len(low)), order[at:]), high, low) for at in range(1, len(low))]
    apart += [np.where(np.arange(len(low)) == at, high, low) for at in range(len(low))]
    least = [value for value in map(spread, nearest) if not np.isnan(value)]
    greatest = [spread(rates) for rates in apart]
    return (min(least) if least else float("nan")), (float("inf") if np.isnan(greatest).any() else max(greatest))
