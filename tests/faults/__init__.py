"""What goes wrong around the server, and who pays for it: always nobody, or for what was sent."""
