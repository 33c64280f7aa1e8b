"""What a process tells about itself to those who run it."""
