"""Export of approved annotations, streamed: memory does not grow with their number."""
