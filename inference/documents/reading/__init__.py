"""What stands in a document: blocks of text with their headings and pages, cut into chunks. Read in a child process."""
