"""What learning a row would do for a goal, in closed form."""
