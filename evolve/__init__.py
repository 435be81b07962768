"""Everything that studies or changes the bank: discovery, simulation, analysis, refinement, verification, evaluation."""
