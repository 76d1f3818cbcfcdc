"""Data engineering: corpora and training sets are cleaned, filtered, freed of copies, and described."""
