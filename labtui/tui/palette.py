"""The command palette: every action of the registry, by its description."""

from collections.abc import Awaitable, Callable, Iterator

from textual.command import DiscoveryHit, Hit, Hits, Provider

from labtui.tui.actions import ACTIONS, Action, Scope, key_name


class ActionProvider(Provider):
    """Offers what can be done in the present view, and everywhere."""

    def _offers(self) -> Iterator[tuple[Action, str]]:
        here = getattr(self.screen, "SCOPE", None)
        for action in ACTIONS:
            if action.scope in (Scope.APP, here):
                where = "app" if action.scope is Scope.APP else "screen"
                yield action, f"{where}.{action.name}"

    async def discover(self) -> Hits:
        """Yield everything while nothing is typed."""
        for action, command in self._offers():
            yield DiscoveryHit(action.description, self._runner(command), help=_help(action))

    async def search(self, query: str) -> Hits:
        """Yield what matches."""
        matcher = self.matcher(query)
        for action, command in self._offers():
            score = matcher.match(action.description)
            if score > 0:
                shown = matcher.highlight(action.description)
                yield Hit(score, shown, self._runner(command), help=_help(action))

    def _runner(self, command: str) -> Callable[[], Awaitable[None]]:
        async def run() -> None:
            await self.screen.run_action(command)

        return run


def _help(action: Action) -> str:
    return f"{action.group} · key {key_name(action.keys[0])}"
