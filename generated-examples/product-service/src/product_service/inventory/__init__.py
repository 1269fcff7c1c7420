"""The stock: what lies on the shelf, what of it is promised, and every change with its reason."""
