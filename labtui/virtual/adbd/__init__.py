"""The phone's end of adb: packets, streams and the services behind them."""
