"""The model's error on published measurements, as the table in ``mig_explorer/model/README.md``."""

from __future__ import annotations

from mig_explorer.model.calibration import MODEL_VERSION
from mig_explorer.model.score import SHARING, rows, table


def main() -> None:
    print(f"Model {MODEL_VERSION}: absolute error of predictions beside published figures\n")
    print(table())
    print("\nThe twelve cells of nos, seconds published and predicted:")
    for row in rows():
        if row.what == SHARING:
            print(f"  {row.label:<16} {row.published:.4f} {row.predicted:.4f} {100 * row.error:+.1f} %")


if __name__ == "__main__":
    main()
