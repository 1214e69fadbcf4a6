"""What the app asks of its terminal: colours, ASCII, mouse, clipboard, toasts, pictures."""

from pathlib import Path

from textual.app import App
from textual.driver import Driver
from textual.filter import LineFilter

from labtui.core.text import clean
from labtui.errors import UsageError
from labtui.tui.driver import hardy
from labtui.tui.log import Log
from labtui.tui.theme import DARK, LIGHT, AsciiFilter, variables


class TerminalApp(App[None]):
    """An app that lends the mouse, draws in ASCII if asked to, and logs what it says."""

    def __init__(self, log: Log, *, ascii_only: bool, mouse: bool, theme: str | None) -> None:
        self._is_ascii = ascii_only
        self._ascii_filter = AsciiFilter()
        super().__init__()
        self.animation_level = "none"
        self._log_lines = log
        self._has_mouse = mouse
        self._wanted_theme = theme or DARK.name
        for own in (DARK, LIGHT):
            self.register_theme(own)
        if self._wanted_theme not in self.available_themes:
            names = ", ".join(sorted(self.available_themes))
            raise UsageError(f"There is no theme {theme!r}; choose one of {names}.")

    def dress(self) -> None:
        """Take the colours and characters asked for."""
        self.theme = self._wanted_theme
        self.set_class(self._is_ascii, "-ascii")

    def get_line_filters(self) -> list[LineFilter]:
        """Add the ASCII filter to Textual's own."""
        filters = list(super().get_line_filters())
        return [*filters, self._ascii_filter] if self._is_ascii else filters

    def get_driver_class(self) -> type[Driver]:
        """Use a driver that survives the loss of its terminal."""
        return hardy(super().get_driver_class())

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Give every theme the colours of tones and states."""
        return variables(self.current_theme.dark)

    def say(self, text: str, severity: str = "information") -> None:
        """Show a toast and keep the sentence in the log."""
        level = {"error": "error", "warning": "warn"}.get(severity, "info")
        self._log_lines.add(level, "labtui", text)
        self.notify(clean(text, 400), severity=severity, markup=False)  # type: ignore[arg-type]

    def action_copy(self) -> None:
        """Copy what is selected, by OSC 52."""
        copy_text = getattr(self.screen, "copy_text", None)
        if copy_text is not None and (text := copy_text()):
            self.copy_to_clipboard(text)
            self.say("Copied.")

    def action_toggle_theme(self) -> None:
        """Change between dark and light."""
        self.theme = LIGHT.name if self.current_theme.dark else DARK.name

    def action_toggle_mouse(self) -> None:
        """Give the mouse back to the terminal, so that it can select text, or take it again."""
        self._has_mouse = not self._has_mouse
        if (take_mouse := getattr(self._driver, "take_mouse", None)) is not None:
            take_mouse(self._has_mouse)
        owner = "labtui" if self._has_mouse else "the terminal"
        self.say(f"The mouse belongs to {owner}; % changes that.")

    def action_save_screenshot(self) -> None:
        """Save a picture of the screen in the working directory."""
        try:
            path = self.save_screenshot(path=str(Path.cwd()))
        except OSError as error:
            self.say(f"No picture was saved: {error}", "error")
        else:
            self.say(f"Saved {path}")
