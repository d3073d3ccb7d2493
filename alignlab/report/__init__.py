"""The report on a diagnosis: one HTML file with data, method, figures, tables and a script."""
