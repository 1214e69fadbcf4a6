"""The ops that the executor has: one table, one module for each family."""
