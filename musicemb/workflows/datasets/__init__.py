"""Downloads datasets and lists their examples."""
