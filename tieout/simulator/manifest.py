"""The signed-off truth about a world: every planted anomaly, and every file with its hash.

`manifest.json` is canonical JSON (sorted keys, no spaces): equal worlds, equal bytes.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tieout.simulator.anomalies import EXPECTATIONS, Plant
from tieout.simulator.files import SimulatedFile
from tieout.simulator.world import World


@dataclass(frozen=True)
class Anomaly:
    """One anomaly as it was really made.

    `references` are the acquirer reference numbers of the lines it concerns; for the bank's
    anomalies the batch reference or the bank's own; for a late file its name. `amount_minor` is
    what stands at risk, signed as a break is: the missing amount, or right minus left.
    """

    anomaly_id: str
    kind: str
    business_date: str
    leg: str
    feed: str
    references: tuple[str, ...]
    currency: str | None
    amount_minor: int
    outcome: str
    reason: str | None
    matching_pass: str | None
    case: str

    def as_json(self) -> dict[str, object]:
        """Return the anomaly as it stands in the manifest."""
        return {
            "id": self.anomaly_id,
            "kind": self.kind,
            "business_date": self.business_date,
            "leg": self.leg,
            "feed": self.feed,
            "references": list(self.references),
            "currency": self.currency,
            "amount_minor": self.amount_minor,
            "expected": {
                "outcome": self.outcome,
                "reason": self.reason,
                "pass": self.matching_pass,
                "case": self.case,
            },
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Anomaly":
        """Return the anomaly that `as_json` described."""
        expected = data["expected"]
        return cls(
            anomaly_id=data["id"],
            kind=data["kind"],
            business_date=data["business_date"],
            leg=data["leg"],
            feed=data["feed"],
            references=tuple(data["references"]),
            currency=data["currency"],
            amount_minor=data["amount_minor"],
            outcome=expected["outcome"],
            reason=expected["reason"],
            matching_pass=expected["pass"],
            case=expected["case"],
        )


@dataclass
class Manifest:
    """Filled while the files are made; an anomaly enters when the file that shows it is written."""

    world: World
    anomalies: list[Anomaly] = field(default_factory=list)
    files: list[SimulatedFile] = field(default_factory=list)

    def record(
        self, plant: Plant, references: tuple[str, ...], currency: str | None, amount_minor: int
    ) -> None:
        """Add an anomaly that has just been made."""
        expected = EXPECTATIONS[plant.kind]
        self.anomalies.append(
            Anomaly(
                plant.anomaly_id,
                plant.kind.value,
                self.world.dates[plant.index].isoformat(),
                expected.leg,
                expected.feed,
                references,
                currency,
                amount_minor,
                expected.outcome,
                expected.reason,
                expected.matching_pass,
                expected.case,
            )
        )

    def as_json(self) -> dict[str, object]:
        """Return the manifest as a JSON document, anomalies in the order of their ids."""
        return {
            "seed": self.world.seed,
            "business_dates": [day.isoformat() for day in self.world.dates],
            "files": [_file(one) for one in self.files],
            "anomalies": [
                one.as_json() for one in sorted(self.anomalies, key=lambda one: one.anomaly_id)
            ],
        }

    def as_bytes(self) -> bytes:
        """Return the manifest as canonical JSON with a final newline."""
        text = json.dumps(self.as_json(), sort_keys=True, separators=(",", ":"))
        return f"{text}\n".encode()


def _file(one: SimulatedFile) -> dict[str, object]:
    return {
        "feed": one.feed,
        "name": one.name,
        "business_date": one.business_date.isoformat(),
        "sent_on": one.sent_on.isoformat(),
        "bytes": len(one.content),
        "sha256": hashlib.sha256(one.content).hexdigest(),
    }
