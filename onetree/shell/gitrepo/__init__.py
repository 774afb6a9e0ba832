"""A git repository read without running git: objects, references, the index, what is ignored (gitformat-*(5))."""
