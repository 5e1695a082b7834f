"""Meta's nodes as they are read, and the parameters with which they are written: one file per node."""
