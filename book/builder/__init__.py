"""The book's build: execute chapters, render pages, check the site, swap it in."""
