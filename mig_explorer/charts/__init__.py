"""Pictures of layouts and results: pure functions from values to SVG and Altair charts."""
