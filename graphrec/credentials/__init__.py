"""What opens the service: keys of programs, and tokens of visitors."""
