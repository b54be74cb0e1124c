"""The protocols that devices speak as they are sold: bytes to values and back, and nothing else."""
