"""The reference runner: LiteRT (or tflite-runtime) in Python behind the runner protocol."""
