"""What protects the seeker, as code and data: the screen, the crisis course, the resources and the output check."""
