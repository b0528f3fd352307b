"""The gateway to language models: prompts, validated answers, retries with feedback.

`openai` is imported when an `LLM` is entered, `nats` by `polycast.llm.bucket` alone: both are slow to import.
"""

from polycast.llm.errors import (
    AuthenticationFailed,
    BadAnswer,
    CircuitOpen,
    ContentFiltered,
    LLMError,
    OffSchema,
    ProviderUnavailable,
    QuotaExhausted,
    RateLimited,
    Refused,
    RequestRejected,
    Truncated,
)
from polycast.llm.gateway import LLM, Completion, Moderation
from polycast.llm.limits import Limits, TokenBucket
from polycast.llm.prompts import Prompt, PromptError, PromptTemplate, Turn, tagged
from polycast.llm.schema import strict_schema
from polycast.llm.settings import LLMSettings, Price
from polycast.llm.usage import Usage
from polycast.llm.writing import Attempt, Written, feedback, write

__all__ = [
    "LLM", "Attempt", "AuthenticationFailed", "BadAnswer", "CircuitOpen", "Completion", "ContentFiltered",
    "LLMError", "LLMSettings", "Limits", "Moderation", "OffSchema", "Price", "Prompt", "PromptError",
    "PromptTemplate", "ProviderUnavailable", "QuotaExhausted", "RateLimited", "Refused", "RequestRejected",
    "TokenBucket", "Truncated", "Turn", "Usage", "Written", "feedback", "strict_schema",
    "tagged", "write",
]  # fmt: skip
