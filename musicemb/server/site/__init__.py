"""Our own API: pages for a browser, and a JSON API with an OpenAPI description."""
