"""Protocols of a plan: verification pairs in identity-disjoint folds, reference-probe lists, and the power of both.

Comparisons are chosen once, by number of the person in the cell and number of the shot, and then taken in every cell. Poses,
lights and cameras depend on these numbers alone, so every cell has the same comparisons, and no cell has harder ones.
"""
