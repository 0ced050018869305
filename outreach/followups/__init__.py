"""People who offered something or asked something, and who of us looks after them."""
