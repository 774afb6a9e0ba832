"""Tests: NAME_test.py for each module; tables of cases with reasons as ids."""
