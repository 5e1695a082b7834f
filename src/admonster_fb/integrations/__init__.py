"""The tool for runtimes of agents, a module each: import only the one whose runtime is installed (docs/runtimes.md)."""
