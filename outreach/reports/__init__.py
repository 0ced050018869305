"""What came of a campaign, read from everybody's tables by SQL. Writes no table."""
