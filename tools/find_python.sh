#!/bin/sh
# Prints the path of a Python that can carry the project, or says on stderr which one to install and how.
# find_python.sh [VERSION ...]   looks for these versions only, in this order: 3.11 and 3.13 if none is named.
# A candidate counts when it runs: a pyenv shim may stand in PATH for a version that does not.
set -u

versions=${*:-3.11 3.13}
PROBE='
import sys
if "%d.%d" % sys.version_info[:2] not in sys.argv[1:] or sys.implementation.name != "cpython":
    print("version", sys.version.split()[0])
elif sys.maxsize <= 2**32:
    print("32bit", sys.version.split()[0])
else:
    try:
        import ensurepip, venv
    except ImportError:
        print("novenv", "%d.%d" % sys.version_info[:2])
    else:
        print("good", sys.executable)
'
seen=""
novenv=""

try() {
    answer=$("$1" -I -c "$PROBE" $versions 2>/dev/null) || { seen="$seen
  $1: does not run"; return 1; }
    case $answer in
        good*) printf '%s\n' "${answer#good }"; exit 0 ;;
        version*) seen="$seen
  $1: is ${answer#version }" ;;
        novenv*) novenv=${answer#novenv }; seen="$seen
  $1: is $novenv, but without the venv and ensurepip modules" ;;
        *) seen="$seen
  $1: is a 32-bit build" ;;
    esac
    return 1
}

if [ -n "${PYTHON:-}" ]; then
    try "$PYTHON"
    asked="PYTHON=$PYTHON cannot be used:"
else
    for version in $versions "3" ""; do
        if command -v "python$version" >/dev/null 2>&1; then try "python$version"; fi
    done
    for version in $versions; do
        for path in "${PYENV_ROOT:-$HOME/.pyenv}/versions/$version".*/bin/python; do
            if [ -x "$path" ]; then try "$path"; fi
        done
    done
    asked="No suitable Python was found."
fi

{
    echo "Error: $asked"
    [ -z "$seen" ] || echo "Looked at:$seen"
    echo "evenface needs CPython 3.11 or 3.13, 64 bits: Blender as a module has wheels for these only."
    echo "Try one of:"
    if [ -n "$novenv" ]; then echo "  Debian, Ubuntu   apt-get install python$novenv-venv"; fi
    echo "  Debian, Ubuntu   apt-get install python3.11 python3.11-venv   (or python3.13 python3.13-venv)"
    echo "  Fedora           dnf install python3.11"
    echo "  macOS            brew install python@3.11"
    echo "  pyenv            pyenv install 3.11"
    echo "  uv               uv python install 3.11, then: make PYTHON=\"\$(uv python find 3.11)\" demo"
    echo "and then the same command again; PYTHON=/path/to/python3.11 names one outright."
} >&2
exit 1
