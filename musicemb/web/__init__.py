"""The map's page: one HTML file that contains everything and needs no network."""
