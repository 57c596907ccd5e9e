"""Reports and parsers of tool reports."""
