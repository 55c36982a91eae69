"""Clusters and guesses in the catalogue, keyed by encoder: each storing replaces what that encoder gave before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from musicemb.io.columns import pack_json, pack_text, unpack_json, unpack_text
from musicemb.io.database import Database
from musicemb.records import Cluster, Guess


class Groups(Database):
    """The tables cluster, membership and guess."""

    def put_clusters(
        self, encoder_id: str, clusters: Sequence[Cluster], labels: Mapping[int, tuple[int, float, int]]
    ) -> None:
        """Store a clustering in place of the encoder's last one.

        Parameters
        ----------
        encoder_id : str
            Known to the catalogue.
        clusters : sequence of Cluster
        labels : mapping of track id to (cluster, strength, nearest)
            Cluster id or NOISE; strength 0 to 1; id of the nearest cluster, or NOISE where there is none.
        """
        rows = [
            (int(track_id), encoder_id, int(cluster), float(strength), int(nearest))
            for track_id, (cluster, strength, nearest) in labels.items()
        ]
        heads = [
            (encoder_id, int(cluster.id), pack_text(cluster.name), int(cluster.size), _pack_ids(cluster.typical))
            for cluster in clusters
        ]
        with self.transaction() as connection:
            connection.execute("DELETE FROM membership WHERE encoder = ?", (encoder_id,))
            connection.execute("DELETE FROM cluster WHERE encoder = ?", (encoder_id,))
            connection.executemany("INSERT INTO cluster VALUES (?, ?, ?, ?, ?)", heads)
            connection.executemany("INSERT INTO membership VALUES (?, ?, ?, ?, ?)", rows)

    def clusters(self, encoder_id: str) -> list[Cluster]:
        """Clusters of an encoder, as they were stored.

        Parameters
        ----------
        encoder_id : str

        Returns
        -------
        list of Cluster
            Ordered by id. Typical tracks that are gone by now are left out; `size` is the one at the clustering.
        """
        with self.reading() as connection:
            rows = connection.execute(
                "SELECT id, name, size, typical FROM cluster WHERE encoder = ? ORDER BY id", (encoder_id,)
            ).fetchall()
            typical = {row[0]: unpack_json(row[3]) for row in rows}
            asked = [(track_id,) for ids in typical.values() for track_id in ids]
            here = {
                track_id
                for key in asked
                for (track_id,) in connection.execute("SELECT id FROM track WHERE id = ? AND gone = 0", key)
            }
            return [
                Cluster(row, unpack_text(name), size, tuple(track for track in typical[row] if track in here))
                for row, name, size, _ in rows
            ]

    def nearest_clusters(self, encoder_id: str) -> dict[int, int]:
        """The cluster that each clustered track is nearest to: of noise, the one that it almost belongs to.

        Parameters
        ----------
        encoder_id : str

        Returns
        -------
        dict of track id to cluster id
            NOISE where there is no cluster.
        """
        with self.reading() as connection:
            rows = connection.execute("SELECT track, nearest FROM membership WHERE encoder = ?", (encoder_id,))
            return dict(rows.fetchall())

    def put_guesses(self, encoder_id: str, guesses: Mapping[int, Guess]) -> None:
        """Store genre guesses in place of the encoder's last ones.

        Parameters
        ----------
        encoder_id : str
            Known to the catalogue.
        guesses : mapping of track id to Guess
        """
        rows = [
            (int(track_id), encoder_id, pack_text(guess.genre), float(guess.confidence), guess.witness)
            for track_id, guess in guesses.items()
        ]
        with self.transaction() as connection:
            connection.execute("DELETE FROM guess WHERE encoder = ?", (encoder_id,))
            connection.executemany("INSERT INTO guess VALUES (?, ?, ?, ?, ?)", rows)


def _pack_ids(ids: Sequence[int]) -> str | bytes:
    return pack_json([int(track_id) for track_id in ids])
