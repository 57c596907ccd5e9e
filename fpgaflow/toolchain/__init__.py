"""External tools, found or politely absent."""
