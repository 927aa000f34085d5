"""What a face system does to whom: a labelled set and a system come in, rates with intervals by group go out."""
