"""What messages and reports may state: sourced, dated figures; the actions that were counted."""
