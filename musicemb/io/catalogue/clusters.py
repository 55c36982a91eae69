"""Clusters, guesses and what those are made from, keyed by encoder: each storing replaces what it gave before.

Names that the listener gave to clusters stay until they say otherwise.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from musicemb.io.catalogue.columns import pack_genres, pack_json, pack_text, unpack_json, unpack_text, unpack_words
from musicemb.io.catalogue.connection import Database
from musicemb.io.catalogue.preferences import select_given_names
from musicemb.records import Cluster, Clustering, Family, GenreOdds, Guess


class Placement(NamedTuple):
    """Where a track is in a clustering."""

    cluster: int
    """Or NOISE."""
    strength: float
    grouped: bool
    """Whether it took part in the last full grouping."""
    gone: bool


class ClusterTables(Database):
    """The tables cluster, membership, clustering, guess and odds."""

    def put_clusters(
        self,
        encoder_id: str,
        clusters: Sequence[Cluster],
        labels: Mapping[int, tuple[int, float, int]],
        clustering: Clustering | None = None,
        *,
        joined: Collection[int] = (),
    ) -> None:
        """Store a clustering in place of the encoder's last one. Gone tracks keep the cluster that they were in.

        Parameters
        ----------
        encoder_id : str
            Known to the catalogue.
        clusters : sequence of Cluster
        labels : mapping of track id to (cluster, strength, nearest)
            Cluster id or NOISE; strength 0 to 1; id of the nearest cluster, or NOISE where there is none.
        clustering : Clustering, optional
            How they came about; None leaves what is stored of it.
        joined : collection of track ids
            Of those, the ones that did not take part in the last full grouping.
        """
        late = set(joined)
        rows = [
            (int(track_id), encoder_id, int(cluster), float(strength), int(nearest), int(track_id not in late))
            for track_id, (cluster, strength, nearest) in labels.items()
        ]
        heads = [
            (
                encoder_id,
                int(cluster.id),
                pack_text(cluster.name),
                int(cluster.size),
                pack_json([int(track_id) for track_id in cluster.typical]),
                pack_json(list(cluster.traits)),
            )
            for cluster in clusters
        ]
        with self.transaction() as connection:
            connection.execute(
                "DELETE FROM membership WHERE encoder = ? AND track IN (SELECT id FROM track WHERE gone = 0)",
                (encoder_id,),
            )
            connection.execute("DELETE FROM cluster WHERE encoder = ?", (encoder_id,))
            connection.executemany("INSERT INTO cluster VALUES (?, ?, ?, ?, ?, ?)", heads)
            connection.executemany("INSERT OR REPLACE INTO membership VALUES (?, ?, ?, ?, ?, ?)", rows)
            if clustering is not None:
                facts = pack_json(dataclasses.asdict(clustering))
                connection.execute("INSERT OR REPLACE INTO clustering VALUES (?, ?)", (encoder_id, facts))

    def clusters(self, encoder_id: str) -> list[Cluster]:
        """Clusters of an encoder, as they were stored.

        Parameters
        ----------
        encoder_id : str

        Returns
        -------
        list of Cluster
            Ordered by id, with the names that the listener gave. Typical tracks that are gone by now are left out;
            `size` is the one at the clustering.
        """
        parents = {one: family.name for family in self.clustering(encoder_id).families for one in family.clusters}
        with self.reading() as connection:
            given = select_given_names(connection, encoder_id)
            rows = connection.execute(
                "SELECT id, name, size, typical, traits FROM cluster WHERE encoder = ? ORDER BY id", (encoder_id,)
            ).fetchall()
            typical = {row[0]: unpack_json(row[3]) for row in rows}
            asked = [(track_id,) for ids in typical.values() for track_id in ids]
            here = {
                track_id
                for key in asked
                for (track_id,) in connection.execute("SELECT id FROM track WHERE id = ? AND gone = 0", key)
            }
            return [
                Cluster(
                    row,
                    given.get(row) or unpack_text(name),
                    size,
                    tuple(track for track in typical[row] if track in here),
                    row in given,
                    unpack_words(traits) if traits else (),
                    parents.get(row, ""),
                )
                for row, name, size, _, traits in rows
            ]

    def clustering(self, encoder_id: str) -> Clustering:
        """How an encoder's clusters were made.

        Parameters
        ----------
        encoder_id : str

        Returns
        -------
        Clustering
            An empty one where nothing was stored.
        """
        with self.reading() as connection:
            found = connection.execute("SELECT facts FROM clustering WHERE encoder = ?", (encoder_id,)).fetchone()
        known = {field.name for field in dataclasses.fields(Clustering)}
        facts = unpack_json(found[0]) if found else {}
        families = tuple(Family(one["name"], tuple(one["clusters"])) for one in facts.pop("families", ()))
        return Clustering(families=families, **{name: value for name, value in facts.items() if name in known})

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

    def memberships(self, encoder_id: str) -> dict[int, tuple[int, bool, bool]]:
        """Clusters of all tracks, also of those that are gone.

        Parameters
        ----------
        encoder_id : str

        Returns
        -------
        dict of track id to (cluster, grouped, gone)
            Cluster id or NOISE; whether it took part in the last full grouping; whether it is gone.
        """
        select = "SELECT m.track, m.cluster, m.grouped, t.gone FROM membership m JOIN track t ON t.id = m.track"
        with self.reading() as connection:
            rows = connection.execute(f"{select} WHERE m.encoder = ?", (encoder_id,))
            return {track: (cluster, bool(grouped), bool(gone)) for track, cluster, grouped, gone in rows}

    def placements(self, encoder_id: str, *, after: int = 0) -> dict[int, Placement]:
        """Where each track is, also of those that are gone.

        Parameters
        ----------
        encoder_id : str
        after : int
            Of tracks with higher numbers than this only.

        Returns
        -------
        dict of track id to Placement
        """
        select = "SELECT m.track, m.cluster, m.strength, m.grouped, t.gone FROM membership m"
        with self.reading() as connection:
            where = "JOIN track t ON t.id = m.track WHERE m.encoder = ? AND m.track > ?"
            rows = connection.execute(f"{select} {where}", (encoder_id, after))
            return {track: Placement(*found) for track, *found in rows}

    def count_unsettled(self, encoder_id: str) -> tuple[int, int]:
        """How many tracks have joined since the last full grouping, and how many that took part in it are gone.

        Parameters
        ----------
        encoder_id : str

        Returns
        -------
        joined, left : int
        """
        statement = "SELECT count(*) FROM membership WHERE encoder = ? AND grouped = ? AND track {} {}"
        gone = "(SELECT id FROM track WHERE gone = 1)"
        asked = (("NOT IN", 0), ("IN", 1))
        with self.reading() as connection:
            joined, left = (
                connection.execute(statement.format(how, gone), (encoder_id, grouped)).fetchone()[0]
                for how, grouped in asked
            )
            return int(joined), int(left)

    def join_tracks(self, encoder_id: str, labels: Mapping[int, tuple[int, float, int]]) -> None:
        """Add tracks to the clusters of the last full grouping, in which they took no part.

        Parameters
        ----------
        encoder_id : str
            Known to the catalogue.
        labels : mapping of track id to (cluster, strength, nearest)
            As for `put_clusters`.
        """
        rows = [
            (int(track_id), encoder_id, int(cluster), float(strength), int(nearest), 0)
            for track_id, (cluster, strength, nearest) in labels.items()
        ]
        with self.transaction() as connection:
            connection.executemany("INSERT OR REPLACE INTO membership VALUES (?, ?, ?, ?, ?, ?)", rows)

    def add_guesses(
        self, encoder_id: str, tracks: Collection[int], guesses: Mapping[int, Guess], odds: Mapping[int, GenreOdds]
    ) -> None:
        """Store what is guessed and what is likely of some tracks; of all others it stays.

        Parameters
        ----------
        encoder_id : str
            Known to the catalogue.
        tracks : collection of track ids
        guesses : mapping of track id to Guess
        odds : mapping of track id to GenreOdds
            Of some of these tracks.
        """
        with self.transaction() as connection:
            for table in ("guess", "odds"):
                statement = f"DELETE FROM {table} WHERE track = ? AND encoder = ?"
                connection.executemany(statement, [(int(track), encoder_id) for track in tracks])
            connection.executemany("INSERT INTO guess VALUES (?, ?, ?, ?, ?)", _guess_rows(encoder_id, guesses))
            connection.executemany("INSERT INTO odds VALUES (?, ?, ?, ?, ?)", _odds_rows(encoder_id, odds))

    def forget_grouping(self, encoder_id: str) -> None:
        """Note that gone tracks take no part in the full grouping that is about to be stored.

        Parameters
        ----------
        encoder_id : str
        """
        with self.transaction() as connection:
            connection.execute("UPDATE membership SET grouped = 0 WHERE encoder = ?", (encoder_id,))

    def put_guesses(self, encoder_id: str, guesses: Mapping[int, Guess]) -> None:
        """Store genre guesses in place of the encoder's last ones; what was likely goes with these (`put_odds`).

        Parameters
        ----------
        encoder_id : str
            Known to the catalogue.
        guesses : mapping of track id to Guess
        """
        with self.transaction() as connection:
            connection.execute("DELETE FROM guess WHERE encoder = ?", (encoder_id,))
            # What is likely would overrule guesses that were made of something else.
            connection.execute("DELETE FROM odds WHERE encoder = ?", (encoder_id,))
            connection.executemany("INSERT INTO guess VALUES (?, ?, ?, ?, ?)", _guess_rows(encoder_id, guesses))

    def put_odds(self, encoder_id: str, odds: Mapping[int, GenreOdds]) -> None:
        """Store what is likely of each track in place of the encoder's last ones.

        Parameters
        ----------
        encoder_id : str
            Known to the catalogue.
        odds : mapping of track id to GenreOdds
        """
        with self.transaction() as connection:
            connection.execute("DELETE FROM odds WHERE encoder = ?", (encoder_id,))
            connection.executemany("INSERT INTO odds VALUES (?, ?, ?, ?, ?)", _odds_rows(encoder_id, odds))

    def odds(self, encoder_id: str, *, after: int = 0) -> dict[int, GenreOdds]:
        """The genre probabilities of each track.

        Parameters
        ----------
        encoder_id : str
        after : int
            Of tracks with higher numbers than this only.

        Returns
        -------
        dict of track id to GenreOdds
            Empty where the last scan was by a version that did not store it.
        """
        with self.reading() as connection:
            statement = "SELECT track, worth, threshold, witness FROM odds WHERE encoder = ? AND track > ?"
            rows = connection.execute(statement, (encoder_id, after))
            return {track: GenreOdds(unpack_json(worth), limit, who) for track, worth, limit, who in rows}


def _guess_rows(encoder_id: str, guesses: Mapping[int, Guess]) -> Iterator[tuple[int, str, str | bytes, float, str]]:
    for track_id, guess in guesses.items():
        yield int(track_id), encoder_id, pack_genres(guess.genres), float(guess.confidence), guess.predictor


def _odds_rows(encoder_id: str, odds: Mapping[int, GenreOdds]) -> Iterator[tuple[int, str, str | bytes, float, str]]:
    for track_id, one in odds.items():
        yield int(track_id), encoder_id, pack_json(dict(one.worth)), float(one.threshold), one.predictor
