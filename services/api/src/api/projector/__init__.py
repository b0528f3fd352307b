"""The process that keeps the read model in step with the stream."""
