"""What the book's code costs, and how exact it is, beside what a reader would otherwise use."""
