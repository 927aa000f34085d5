"""Metrics of an audit: figures with intervals, tests and power, as pure functions of labels, answers and scores.

``groups`` defines who is compared. ``pictures`` and ``verification`` make observations (one value a picture or pair), from which
``observations``, ``gaps``, ``comparisons`` and ``tone_effects`` compute the same figures for every metric; ``figures`` calls
them.
"""
