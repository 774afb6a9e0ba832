"""The orchestrator lock: rules (core), and what keeps the state (engines)."""
