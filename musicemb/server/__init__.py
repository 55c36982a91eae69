"""The HTTP server for players: one package per API; they import `musicemb.library` and no layer below it."""
