"""The diffusers backends: renders of one person come in, photographs of the same person in the same tone go out."""
