"""Which variants a build makes: models x shapes x recipes, their file names and digests."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from hashlib import sha256

from scripts.zoo_models.recipes import ModelSource, Recipe


class NothingSelected(Exception):
    """A selection names what the zoo does not have."""


@dataclass(frozen=True, slots=True)
class Shape:
    """One input shape of a model; `size` is 0 where the net has but one."""

    size: int
    batch: int


@dataclass(frozen=True, slots=True)
class Cell:
    """One variant to make."""

    model: ModelSource
    shape: Shape
    recipe: Recipe

    @property
    def items_name(self) -> str:
        """Name of the model at its size, which its eval set and its float net go by."""
        sizes, size = self.model.sizes, self.shape.size
        return self.model.name if not sizes or size == sizes[0] else f"{self.model.name}@{size}"

    @property
    def eval_set_name(self) -> str:
        """Folder of the model's eval set, where labtui looks for it: beside the variants."""
        return f"{self.items_name}.evalset"

    @property
    def model_name(self) -> str:
        """Name of the model at its shape: what stands before the first dot of the file's name."""
        if self.shape.batch == 1:
            return self.items_name
        return f"{self.model.name}@{self.shape.size or ''}b{self.shape.batch}"

    @property
    def name(self) -> str:
        """Name of the variant."""
        return f"{self.model_name}.{self.recipe.name}"

    @property
    def file_name(self) -> str:
        """Name of the written file or package."""
        return self.name + self.recipe.format.suffix


def cells(
    models: Iterable[ModelSource],
    recipes: Sequence[Recipe],
    sizes: Sequence[int] = (),
    batches: Sequence[int] = (1,),
) -> tuple[Cell, ...]:
    """Return the matrix, model by model; without `sizes` each model has its default size."""
    return tuple(
        Cell(model, shape, recipe)
        for model in models
        for shape in shapes(model, sizes, batches)
        for recipe in recipes
    )


def shapes(
    model: ModelSource, sizes: Sequence[int] = (), batches: Sequence[int] = (1,)
) -> tuple[Shape, ...]:
    """Return the asked shapes that the model takes."""
    taken = [size for size in model.sizes if size in sizes] if sizes else model.sizes[:1]
    return tuple(
        Shape(size, batch)
        for size in (taken if model.sizes else [0])
        for batch in batches
        if batch in model.batches
    )


def choose_models(models: Sequence[ModelSource], patterns: str) -> tuple[ModelSource, ...]:
    """Return the models whose name fits one of the patterns. Raises NothingSelected."""
    chosen = _chosen({model.name: model for model in models}, patterns)
    return tuple(model for model in models if model.name in chosen)


def choose_recipes(recipes: Sequence[Recipe], patterns: str) -> tuple[Recipe, ...]:
    """Return the recipes whose id (`tflite/full8`) fits a pattern. Raises NothingSelected."""
    chosen = _chosen({recipe.id: recipe for recipe in recipes}, patterns)
    return tuple(recipe for recipe in recipes if recipe.id in chosen)


def _chosen(known: Mapping[str, object], patterns: str) -> set[str]:
    """Return the names that fit a comma-separated list of shell patterns."""
    found: set[str] = set()
    for pattern in patterns.split(","):
        fitting = {name for name in known if fnmatchcase(name, pattern.strip())}
        if not fitting:
            raise NothingSelected(f"Nothing is called {pattern!r}; there are {', '.join(known)}.")
        found |= fitting
    return found


def digest(cell: Cell, tools: Mapping[str, str]) -> str:
    """Return the digest of everything that decides what the variant becomes."""
    return _digest({"cell": asdict(cell), "tools": dict(tools)})


def net_digest(cell: Cell, tools: Mapping[str, str]) -> str:
    """Return the digest of the float net alone: what its recipes share."""
    model = asdict(cell.model)
    shared = {key: value for key, value in model.items() if key not in {"sizes", "batches"}}
    return _digest({"model": shared, "size": cell.shape.size, "tools": dict(tools)})


def _digest(value: object) -> str:
    return sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
