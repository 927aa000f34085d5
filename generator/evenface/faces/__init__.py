"""Measurement of pixels: skin colour and faces. Nothing here knows which tone a picture was made for."""
