"""What the pages' server does besides pages: health, guards on every request. It knows no Streamlit."""
