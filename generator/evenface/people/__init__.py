"""Turns a spec into people: the plan of balanced cells, the shapes of heads, and the person of each slot."""
