"""The service: recommendations over HTTP, and what runs it."""
