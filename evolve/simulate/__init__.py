"""Simulation: the supporter meets many kinds of simulated seekers under the SAGE protocol."""
