"""Stand-in for the Docker provider: real networks, volumes, images and containers through the Docker SDK for Python."""
