"""Many coding agents, one working tree, nothing lost."""
