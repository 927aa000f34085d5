"""Publishing: a finished run becomes a dataset with its card, and a dataset becomes a contact sheet."""
