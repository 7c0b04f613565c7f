"""Documents that leave the company."""
