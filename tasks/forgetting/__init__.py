"""What we let go: a person's names wherever they are kept, and whatever has grown old."""
