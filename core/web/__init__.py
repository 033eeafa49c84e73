"""What all views share: who acts, bodies in and out, problems, pages of lists, filters, limits on calls."""
