#!/usr/bin/env bash
# scikit-learn 1.9.1: check_estimator goes by the name of a class, whatever the class is.
#
# The same transformer (a subclass of PCA that changes nothing) passes all checks as "Projection".
# As "CCA", "PLSSVD" or "PLSCanonical" it fails three of them: the checks then call transform(X, y),
# as for scikit-learn's own estimators of these names, and leave out that of pipelines. A
# package that brings its own CCA with transform(X), as pipelines call it, has to give it another
# name to be checked.
#
# Seen with scikit-learn 1.9.1, numpy 2.4.6, Python 3.11. Fails where that changes.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check scikit-learn==1.9.1 numpy==2.4.6
cat > "$folder/names.py" <<'PYTHON'
import warnings

from sklearn.decomposition import PCA
from sklearn.utils.estimator_checks import check_estimator


class Projection(PCA):
    pass


class CCA(PCA):
    pass


class PLSSVD(PCA):
    pass


class PLSCanonical(PCA):
    pass


warnings.simplefilter("ignore")
found = {}
for made in (Projection, CCA, PLSSVD, PLSCanonical):
    results = check_estimator(made(), on_fail=None)
    failed = [one for one in results if one["status"] == "failed"]
    found[made.__name__] = len(results), len(failed)
    print(made.__name__, *found[made.__name__], {str(one["exception"])[:70] for one in failed})
assert found.pop("Projection") == (67, 0), found
assert set(found.values()) == {(66, 3)}, found
PYTHON
"$folder/venv/bin/python" "$folder/names.py"
