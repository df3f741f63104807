"""All SQL with more than a few lines, and the migrations; a package so that it ships as data."""
