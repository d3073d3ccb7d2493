"""How results show themselves in a notebook: text, HTML, tables and figures.

The classes of results import these modules inside their methods, when they are asked, so that
computing never loads words or figures.
"""
