import pytest

from polygenesis.report.explorer.bundle import BundleError, bundle, read_module
from polygenesis.report.explorer.page import scripts

ADD = "export function add(a, b) {\n  return a + b;\n}\n"


def test_modules_stand_after_those_they_import_and_only_once():
    sources = {
        "main.js": 'import { one } from "./a/one.js";\nimport { add } from "./a/add.js";\nadd(one, one);\n',
        "a/one.js": 'import {\n  add,\n} from "./add.js";\nexport const one = add(0, 1);\n',
        "a/add.js": ADD,
        "unused.js": "export const never = 1;\n",
    }
    text = bundle(sources, "main.js")
    places = [text.index(each) for each in ("function add", "const one", "add(one, one)")]
    assert places == sorted(places)
    assert text.count("function add") == 1
    assert "never" not in text
    assert "import" not in text
    assert "export" not in text
    assert text.startswith('(() => {\n"use strict";\n')


@pytest.mark.parametrize(
    ("declaration", "names"),
    [
        ("const a = 1, b = 2;", ("a", "b")),
        ("let a, b;", ("a", "b")),
        ("const a = f(1, 2), b = [3, 4], c = {d: 5, e: 6};", ("a", "b", "c")),
        ("const {a, b: c, ...d} = e, f = 1;", ("a", "c", "d", "f")),
        ("const [a, b = 2] = c;", ("a", "b")),
        ('const a = "x, y;", b = `,;`; // c = 1, d;', ("a", "b")),
        ("const a = 1, // one; two, three\n  b = 2;", ("a", "b")),
        ("const a = (x, y) => { let inner = 1; return x; };", ("a",)),
        ("async function a() {\n  const inner = 1;\n}", ("a",)),
        ("function* a() {}\nclass B {}", ("a", "B")),
    ],
)
def test_top_level_names_are_read(declaration, names):
    assert read_module("a.js", declaration + "\n").declared == names
    exported = read_module("a.js", "".join(f"export {line}\n" for line in [declaration])).exported
    assert set(names[:1]) <= exported


@pytest.mark.parametrize(
    ("sources", "words"),
    [
        ({"main.js": 'import { add } from "./no.js";\n'}, "no.js, which is not there"),
        ({"main.js": 'import { sub } from "./add.js";\n', "add.js": ADD}, "imports 'sub' from add.js, which does not"),
        ({"main.js": 'import { add } from "./add.js";\nconst add = 1;\n', "add.js": ADD}, "both declare 'add'"),
        ({"main.js": 'import { add as sum } from "./add.js";\n', "add.js": ADD}, "imported as they are"),
        ({"main.js": 'import add from "./add.js";\n', "add.js": ADD}, "not bundled"),
        ({"main.js": 'import * as all from "./add.js";\n', "add.js": ADD}, "not bundled"),
        ({"main.js": "export default 1;\n"}, "not bundled"),
        ({"main.js": "const a = 1;\nexport { a };\n"}, "not bundled"),
        ({"main.js": 'import { d3 } from "d3";\n'}, "only files of the explorer"),
        ({"main.js": 'import { a } from "../../a.js";\n'}, "outside the explorer"),
        ({"main.js": "const a = 1\n"}, "semicolon"),
        (
            {
                "main.js": 'import { a } from "./a.js";\n',
                "a.js": 'import { b } from "./b.js";\nexport const a = 1;\n',
                "b.js": 'import { a } from "./a.js";\nexport const b = 1;\n',
            },
            "circle: main.js → a.js → b.js → a.js",
        ),
    ],
)
def test_what_cannot_be_bundled_is_refused(sources, words):
    with pytest.raises(BundleError, match=words):
        bundle(sources, "main.js")


def test_the_worker_needs_no_page_and_the_page_loads_nothing():
    worker, page = (bundle(scripts(), entry) for entry in ("worker.js", "app/main.js"))
    for word in ("document", "window", "requestAnimationFrame"):
        assert word not in worker
    for text in (worker, page):
        assert "://" not in text.replace("http://www.w3.org", "").replace("https?|file", "")
        assert "fetch(" not in text
        assert "importScripts" not in text
