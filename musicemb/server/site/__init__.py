"""Our own dialect: pages for a browser, and a JSON API that says what it is (OpenAPI)."""
