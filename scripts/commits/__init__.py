"""What is checked of a commit: one module a check, each with check(subject) -> findings."""
