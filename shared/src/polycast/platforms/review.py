"""One text under all rules: the platform's own, and those of every text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from polycast.contracts import CheckResult, Finding, Moderation, Severity
from polycast.platforms import tidiness
from polycast.platforms.claims import extract
from polycast.platforms.moderation import Hit, Policy, is_moderation
from polycast.platforms.specification import Platform


@dataclass(frozen=True)
class Review:
    checks: CheckResult
    moderation: Moderation

    @property
    def is_rejected(self) -> bool:
        """Whether the text must not be stored."""
        return any(is_moderation(f) and f.severity is Severity.ERROR for f in self.checks.findings)

    @property
    def to_mend(self) -> list[Finding]:
        """What a writer is told. That a text is flagged is for a person to look at, and is not."""
        return [f for f in self.checks.findings if f.severity is Severity.ERROR or not is_moderation(f)]

    def with_opinion(self, policy: Policy, model: str, categories: Iterable[str]) -> Review:
        """The same, after the provider's moderation `model` flagged these categories."""
        hits = policy.minded(map(Hit, categories))
        checks = CheckResult.of([*self.checks.findings, *policy.findings(hits)])
        return Review(
            self.checks.model_copy(update={"ok": checks.ok, "findings": checks.findings}),
            _moderation([*self.moderation.categories, *(hit.category for hit in hits)], "rules", model),
        )


def review(platform: Platform, policy: Policy, text: str, given: str = "") -> Review:
    """`given` is what the person told: what a text takes from it is neither unverified nor a leak."""
    own = platform.check(text)
    hits = policy.hits(text, given)
    checks = CheckResult.of(
        [*own.findings, *tidiness.check(text), *policy.findings(hits)],
        counts=own.counts,
        metadata=own.metadata,
        parts=own.parts,
        claims=extract(text, given),
    )
    return Review(checks, _moderation([hit.category for hit in hits], "rules"))


def _moderation(categories: Sequence[str], *checked_by: str) -> Moderation:
    return Moderation(
        flagged=bool(categories), categories=tuple(dict.fromkeys(categories)), checked_by=checked_by
    )
