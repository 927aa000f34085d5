"""Publishing: packages a run as a dataset with its documents, exports it, and sends it to the Hub."""
