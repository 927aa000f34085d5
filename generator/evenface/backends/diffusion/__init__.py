"""The backend of trained models: turns renders of one person into photographs of the same person in the same tone."""
