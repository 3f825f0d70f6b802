"""AudioPod's own API, where it belongs to no single service: its bodies, its lists, its credits."""
