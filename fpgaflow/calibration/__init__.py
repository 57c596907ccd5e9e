"""What example frames tell about a float network, and the scales that follow from it."""
