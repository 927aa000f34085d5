"""Metrics of an audit: columns of labels, answers and scores come in, figures with intervals, tests and power go out. Pure.

``groups`` says who is compared, ``tasks`` and ``verification`` make observations (one value a picture or pair), and ``rates``,
``gaps``, ``comparisons``, ``causal`` and ``flips`` tell the same things of every one of them; ``figures`` calls them all.
"""
