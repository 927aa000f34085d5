"""The ways from a render, or from words alone, to a photograph: one file each."""
