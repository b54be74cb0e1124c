"""Making tables, figures and files of rows that somebody else has read: pure, no database, no clock."""
