"""The typed graph that everything passes on."""
