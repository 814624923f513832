"""SQL of callers: each query in a process of its own, which can read the published tables and do nothing else."""
