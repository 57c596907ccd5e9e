"""Graph + Board -> stages with folding."""
