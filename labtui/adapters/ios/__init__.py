"""iPhones: an own usbmux client, and one worker process per phone around pymobiledevice3."""
