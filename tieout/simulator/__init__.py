"""An acquirer of our own: payments through the core, the files about them, and the truth."""
