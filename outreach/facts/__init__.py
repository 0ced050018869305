"""What messages and reports may state: sourced, dated figures, and the actions that were counted."""
