"""Guards of the plan: who may import whom, and that every plugin has the same shape."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from hhu_base import plugins
from hhu_base.cli import migrate

ROOT = Path(__file__).parents[1]
PLUGINS = sorted(path.parent for path in (ROOT / "hhu_plugins").glob("*/__init__.py"))


def imported_modules(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
    return names


def test_the_base_imports_no_plugin():
    for path in (ROOT / "hhu_base").rglob("*.py"):
        assert not any(name.startswith("hhu_plugins") for name in imported_modules(path)), path


def test_what_only_some_commands_need_is_in_no_process_that_stays(ini):
    """Each of three processes would hold it for ever: tens of megabytes."""
    script = """
import sys
from pyramid.paster import get_appsettings
from hhu_base import configure
configure(get_appsettings(sys.argv[1])).make_wsgi_app()
print(*{name.split(".")[0] for name in sys.modules})
"""
    command = [sys.executable, "-W", "ignore", "-c", script, ini]
    loaded = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout.split()
    assert "sqlalchemy" in loaded
    assert not {
        "PIL",
        "alembic",
        "chinese_calendar",
        "mako",
        "openpyxl",
        "olefile",
        "pypdfium2",
    } & set(loaded)


@pytest.mark.parametrize("folder", PLUGINS, ids=lambda folder: folder.name)
def test_a_plugin_imports_no_other_plugin(folder):
    own = f"hhu_plugins.{folder.name}"
    for path in folder.rglob("*.py"):
        foreign = {
            name
            for name in imported_modules(path)
            if name.startswith("hhu_plugins.") and not (name + ".").startswith(own + ".")
        }
        assert not foreign, path


@pytest.mark.parametrize("folder", PLUGINS, ids=lambda folder: folder.name)
def test_a_plugin_has_the_shape_of_all_plugins(folder):
    name = folder.name
    assert plugins.installed()[name].module == f"hhu_plugins.{name}"
    docstring = ast.get_docstring(ast.parse((folder / "__init__.py").read_text()))
    assert docstring is not None
    assert docstring.startswith(f"{name} ")
    for part in ("models", "api", "migrations"):
        assert (folder / part).is_dir() or (folder / f"{part}.py").exists(), part
    assert (ROOT / "tests" / name).is_dir()
    for table in _tables_of(folder):
        assert table.startswith(f"{name}_")


def _tables_of(folder: Path) -> list[str]:
    return [
        node.value.value
        for path in (*folder.glob("models.py"), *folder.glob("models/*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.targets[0], ast.Name)
        and node.targets[0].id == "__tablename__"
    ]


def test_each_branch_has_one_head_and_is_named_after_its_plugin(settings, engine):
    scripts = ScriptDirectory.from_config(migrate.alembic_config(settings, engine))
    for branch in ("core", *plugins.installed()):
        own = [s for s in scripts.walk_revisions() if s.revision.startswith(f"{branch}_")]
        followed = {script.down_revision for script in own}
        assert all(branch in script.branch_labels for script in own)
        assert len([script for script in own if script.revision not in followed]) == 1, branch


def test_models_and_migrations_agree(settings, engine):
    assert migrate.check(migrate.alembic_config(settings, engine)) == []


def test_each_migration_is_explained_in_one_sentence_and_imports_no_model():
    for folder in plugins.migration_folders().values():
        for path in folder.glob("*.py"):
            docstring = ast.get_docstring(ast.parse(path.read_text())) or ""
            assert docstring.endswith("."), path
            assert "\n" not in docstring, path
            assert not any(name.startswith("hhu_") for name in imported_modules(path)), path


@pytest.mark.parametrize("package", ["hhu_base", "hhu_plugins", "scripts"])
def test_the_first_line_of_each_module_says_what_it_is_for(package):
    modules = [path for path in (ROOT / package).rglob("*.py") if path.stat().st_size]
    assert modules
    assert not [path for path in modules if not path.read_text().startswith('"""')]
