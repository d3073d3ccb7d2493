"""Results -> Plotly figures. The only place that imports Plotly, besides `alignlab.ui`."""
