"""Where tracks stand on the map, in the catalogue: kept, so that the map does not turn from scan to scan."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from musicemb.io.catalogue.connection import Database


class MapPositionTable(Database):
    """The table layout."""

    def layout(self, encoder_id: str) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.bool_]]:
        """Positions that were stored, those of gone tracks included: they may come back.

        Parameters
        ----------
        encoder_id : str

        Returns
        -------
        ids : ndarray [shape=(n,)], int64
            Track ids, ascending.
        positions : ndarray [shape=(n, 2)], float64
        laid : ndarray [shape=(n,)], bool
            False where a track was put among its neighbours after the layout was made.
        """
        statement = "SELECT track, x, y, laid FROM layout WHERE encoder = ? ORDER BY track"
        with self.reading() as connection:
            rows = connection.execute(statement, (encoder_id,)).fetchall()
            ids = np.array([row[0] for row in rows], dtype=np.int64)
            positions = np.array([row[1:3] for row in rows], dtype=np.float64).reshape(-1, 2)
            return ids, positions, np.array([row[3] for row in rows], dtype=bool)

    def put_layout(
        self,
        encoder_id: str,
        ids: NDArray[np.int64],
        positions: NDArray[np.float64],
        *,
        laid: bool,
    ) -> None:
        """Store where tracks stand.

        Parameters
        ----------
        encoder_id : str
            Known to the catalogue.
        ids : ndarray [shape=(n,)], int64
        positions : ndarray [shape=(n, 2)], float64
        laid : bool
            True: all of the map was laid out, and this takes the place of what was stored. False: these were
            put among the others, which stay.

        Raises
        ------
        CatalogueError
        """
        rows = [
            (int(track), encoder_id, float(x), float(y), laid)
            for track, (x, y) in zip(ids.tolist(), positions.tolist(), strict=True)
        ]
        with self.transaction() as connection:
            if laid:
                connection.execute("DELETE FROM layout WHERE encoder = ?", (encoder_id,))
            connection.executemany("INSERT OR REPLACE INTO layout VALUES (?, ?, ?, ?, ?)", rows)
