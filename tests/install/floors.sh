#!/usr/bin/env bash
# The wheel on the lowest libraries that pyproject.toml allows, without torch: README's example gives
# the stored numbers, and the tests of computing and reading pass. It takes some minutes and a package
# index, so that it is no part of the test suite. Usage: tests/install/floors.sh [PYTHON]
set -euo pipefail
cd "$(dirname "$0")/../.."
python="${1:-python3}"
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT

"$python" -m venv "$folder/venv"
install() {
  "$folder/venv/bin/pip" install --quiet --disable-pip-version-check "$@"
}
# "numpy>=2.1" becomes "numpy==2.1.*"
floors="$("$folder/venv/bin/python" - <<'PYTHON'
import tomllib

project = tomllib.load(open("pyproject.toml", "rb"))["project"]
extras = project["optional-dependencies"]
for name in (*project["dependencies"], *extras["files"], *extras["hdf5"], *extras["fits"]):
    print(name.replace(">=", "==") + ".*")
PYTHON
)"
# a copy: a build writes beside its sources
mkdir "$folder/sources"
cp -r alignlab assets pages docs .streamlit app.py pyproject.toml LICENSE "$folder/sources"
# shellcheck disable=SC2086
install $floors "$folder/sources" pytest pytest-timeout hypothesis
"$folder/venv/bin/pip" list --disable-pip-version-check 2>/dev/null |
  grep -E '^(numpy|scipy|scikit-learn|pandas|threadpoolctl|pyarrow|safetensors|h5py|astropy) '

cp -r tests "$folder/tests"
rm "$folder/tests/conftest.py"  # it needs a browser's tools
cp tests/install/floors_conftest.py "$folder/tests/conftest.py"
cp README.md pyproject.toml requirements.txt app.py "$folder"
cd "$folder"
export OMP_NUM_THREADS=1 PYTHONPATH="$folder"
venv/bin/python -m tests.install.floors
venv/bin/python -m pytest -q -p no:cacheprovider -o addopts= -o pythonpath= --timeout 300 \
  -k "not PyTorch" tests/test_extras.py tests/test_estimators.py tests/test_records.py tests/aligners tests/data \
  tests/diagnosis/test_label_scores.py tests/diagnosis/test_tables.py \
  tests/diagnosis/test_verdict.py tests/experiments/test_gaussian_transfer.py tests/files
