"""The prompts of the ideas service, as versioned files."""

from pathlib import Path

from polycast.llm import PromptTemplate

IDEAS = PromptTemplate.load(Path(__file__).parent / "ideas.v1.md")
