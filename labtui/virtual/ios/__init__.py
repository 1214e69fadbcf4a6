"""Virtual iPhones: phones behind a usbmuxd of their own that speak Apple's wire protocols."""
