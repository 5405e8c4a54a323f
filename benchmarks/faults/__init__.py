"""A campaign of faults against a whole site, while people decide in it (`make faults`)."""
