"""Jobs that no client waits for, as their owner sees them: progress, files, what can be done."""
