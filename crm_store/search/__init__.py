"""Finding records: filters, order, pages, and search as one types."""
