"""The reference runner: LiteRT, tflite-runtime or Core ML behind the runner protocol."""
