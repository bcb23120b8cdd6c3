"""What the extension ``charts`` does with Vega: compile, draw, and pack for the browser."""
