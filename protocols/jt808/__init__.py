"""JT/T 808: vehicle terminals, in the forms of 2011, 2013 and 2019."""
