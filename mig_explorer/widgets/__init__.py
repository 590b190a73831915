"""The JupyterLab widgets: pictures that answer back."""
