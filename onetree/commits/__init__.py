"""Commits of one agent's work in a tree of many: what is its own, and how it gets into the repository safely."""
