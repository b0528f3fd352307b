"""TikTok's specification: a spoken hook and a caption."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, Field

from polycast.contracts import CheckResult, Finding, Severity
from polycast.llm import PromptTemplate
from polycast.platforms import Platform

CAPTION_LIMIT = 2200


class Output(BaseModel):
    hook: Annotated[str, Field(description="One spoken sentence", max_length=150)]
    caption: Annotated[str, Field(description="The caption", max_length=1500)]


def compose(output: Output) -> str:
    return f"{output.hook}\n\n{output.caption}"


def check(text: str) -> CheckResult:
    findings = []
    if len(text) > CAPTION_LIMIT:
        findings.append(
            Finding(
                rule="caption-length",
                severity=Severity.ERROR,
                message=f"{len(text)} characters; TikTok takes {CAPTION_LIMIT}",
                start=CAPTION_LIMIT,
                end=len(text),
            )
        )
    return CheckResult.of(findings, counts={"characters": len(text)})


TIKTOK = Platform(
    slug="tiktok",
    name="TikTok",
    prompt=PromptTemplate.load(Path(__file__).parent / "prompts" / "tiktok.v1.md"),
    output=Output,
    compose=compose,
    check=check,
    limits={"caption": CAPTION_LIMIT},
    preview={"kind": "post"},
)
