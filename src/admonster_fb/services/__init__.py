"""One file per Graph edge: each prepares requests with Meta's SDK objects and hands them to the transport."""
