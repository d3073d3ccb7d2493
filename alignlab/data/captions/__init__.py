"""Images and captions: simulated scenes, drawn and described."""
