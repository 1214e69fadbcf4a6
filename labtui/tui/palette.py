"""The command palette: every action of the registry, by its description."""

from collections.abc import Awaitable, Callable, Iterator

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.dom import DOMNode

from labtui.tui.actions import ACTIONS, Action, Scope, key_name


class ActionProvider(Provider):
    """Offers what can be done in the present view, and everywhere."""

    def _offers(self) -> Iterator[tuple[Action, DOMNode]]:
        doers: dict[Scope | None, DOMNode | None] = {
            getattr(self.focused, "PANE", None): self.focused,
            getattr(self.screen, "SCOPE", None): self.screen,
            Scope.APP: self.app,
        }
        for action in ACTIONS:
            if (doer := doers.get(action.scope)) is not None:
                yield action, doer

    async def discover(self) -> Hits:
        """Yield everything while nothing is typed."""
        for action, doer in self._offers():
            yield DiscoveryHit(action.description, self._runner(action, doer), help=_help(action))

    async def search(self, query: str) -> Hits:
        """Yield what matches."""
        matcher = self.matcher(query)
        for action, doer in self._offers():
            score = matcher.match(action.description)
            if score > 0:
                shown = matcher.highlight(action.description)
                yield Hit(score, shown, self._runner(action, doer), help=_help(action))

    def _runner(self, action: Action, doer: DOMNode) -> Callable[[], Awaitable[None]]:
        async def run() -> None:
            await self.app.run_action(action.name, doer)

        return run


def _help(action: Action) -> str:
    return f"{action.group} · key {key_name(action.keys[0])}"
