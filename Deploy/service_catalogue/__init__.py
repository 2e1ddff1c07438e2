"""Reads Shared/ServiceCatalogue/services.json and derives from it what the deployment needs; `Deploy/catalogue` is the command."""
