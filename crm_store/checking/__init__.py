"""Whether a record may be written as it is: each problem by the name of its field."""
