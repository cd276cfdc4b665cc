"""How much: `methods` makes a top number from past years, `top` one for every factor, `metrics` what is counted."""
