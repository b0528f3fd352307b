"""What the benchmarks share: a model of constant latency, processes' CPU and memory, tables."""
