"""The official clients against real servers, in both modes."""
