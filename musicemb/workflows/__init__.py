"""The tasks of users: one per file. Workflows combine the layers below and yield frozen records."""
