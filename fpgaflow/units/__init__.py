"""Hardware units: streaming modules that both backends know, one file a unit."""
