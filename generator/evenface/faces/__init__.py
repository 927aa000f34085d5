"""Measurement: pixels come in, numbers go out. Nothing here knows which tone a picture was made for."""
