"""The pages' own layer: the only modules that speak Streamlit."""
