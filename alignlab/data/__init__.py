"""What a view, a pair, a column of labels and a table of features is."""
