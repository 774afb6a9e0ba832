"""Real coding-agent clients against an installed onetree: `make clients`."""
