"""Tasks that learn: apart from `tasks`, because they import pandas and scikit-learn, which the web process must not."""
