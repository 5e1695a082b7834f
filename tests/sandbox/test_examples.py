"""The examples in the sandbox's docstrings run, with what `admonster_fb.sandbox` offers at hand."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

from admonster_fb import sandbox as package

OFFERED = {name: getattr(package, name) for name in package.__all__}
MODULES = [
    importlib.import_module(found.name)
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    if not found.name.endswith("__main__")
]


def test_examples_run() -> None:
    finder, output = doctest.DocTestFinder(exclude_empty=True), list[str]()
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL)
    for module in MODULES:
        for example in finder.find(module, globs={**vars(module), **OFFERED}):
            runner.run(example, out=output.append)
    assert runner.tries > 100
    assert output == [], "".join(output)
