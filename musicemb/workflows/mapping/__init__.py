"""A library on a plane: where its tracks lie, what colours them, what its search knows."""
