"""The merge: what a guest put together goes on in the cart of the user who signed in."""
