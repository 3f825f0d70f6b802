"""What AudioPod adds to the engine it serves: `python -m bench` prints it as markdown tables."""
