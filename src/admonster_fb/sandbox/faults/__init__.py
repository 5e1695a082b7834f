"""Faults on demand, at random, and problems of accounts."""
