"""The contract of the service, and a client for it."""
