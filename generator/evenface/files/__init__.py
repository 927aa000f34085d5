"""Files and folders: records as JSON, pictures as pixels, files that are written in full or not at all, data folders."""
