"""The decisions that ship with onetree: onetree/adr.py finds them."""
