"""The networks: features of a segment in, a unit vector out."""
