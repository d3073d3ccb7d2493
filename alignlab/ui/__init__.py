"""Everything that talks to Streamlit, besides `app.py` and `pages/`."""
